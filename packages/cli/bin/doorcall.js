#!/usr/bin/env node
// A file of its own, so that a package manager can link it before anything is built.
import '../dist/main.js';
