/// @file
/// Whether this kernel, with the sandbox that may be around the process, gives what connections are
/// made of.
#pragma once

#include <string>

namespace doorcall::os {

/// What is missing, as the end of a sentence that begins with "doorcall needs"; "" when all is
/// there. Tries it out, since a sandbox may refuse what the version of the kernel promises; takes
/// some tens of microseconds. A lack of descriptors or memory is no answer: it passes, and whoever
/// meets it is told then. Pidfds are welcome but not needed.
std::string missingFacility();

}  // namespace doorcall::os
