// Preloaded into the processes of a trial: from SIGUSR2 on they compute for ever and answer nobody.
process.on('SIGUSR2', () => {
  for (;;);
});
