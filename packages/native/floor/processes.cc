#include "processes.h"

#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "fail.h"

namespace floor_lab {
namespace {

pid_t server = 0;

void onChildsEnd(int) {
  int status = 0;
  ::waitpid(-1, &status, WNOHANG);
  // One that ends by itself has said why.
  if (WIFEXITED(status)) ::_exit(WEXITSTATUS(status) == 0 ? 1 : WEXITSTATUS(status));
  constexpr char text[] = "floor: the process that answers was killed\n";
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text, sizeof text - 1);
  ::_exit(1);
}

void onEnd(int signal) {
  dismissServer();
  ::signal(signal, SIG_DFL);
  ::raise(signal);
}

void handle(int signal, void (*handler)(int)) {
  struct sigaction action = {};
  action.sa_handler = handler;
  action.sa_flags = SA_NOCLDSTOP;
  ::sigaction(signal, &action, nullptr);
}

}  // namespace

void endWithParent() { ::prctl(PR_SET_PDEATHSIG, SIGKILL); }

pid_t forkServer() {
  const pid_t parent = ::getpid();
  handle(SIGCHLD, onChildsEnd);
  // Whoever is told to end meanwhile ends when it knows how.
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  ::sigprocmask(SIG_BLOCK, &ends, nullptr);
  server = ::fork();
  if (server < 0) fail("cannot fork");
  if (server == 0) {
    ::signal(SIGCHLD, SIG_DFL);
    // Ctrl-C reaches both; the parent is the one that acts on it.
    ::signal(SIGINT, SIG_IGN);
    endWithParent();
    // It may have died before the kernel knew that this matters.
    if (::getppid() != parent) ::_exit(1);
  } else {
    handle(SIGTERM, onEnd);
    handle(SIGINT, onEnd);
  }
  ::sigprocmask(SIG_UNBLOCK, &ends, nullptr);
  return server;
}

void dismissServer() {
  ::signal(SIGCHLD, SIG_DFL);
  ::kill(server, SIGKILL);
  while (::waitpid(server, nullptr, 0) < 0 && errno == EINTR) {
  }
}

void stayOn(std::optional<uint32_t> cpu) {
  if (!cpu) return;
  cpu_set_t only;
  CPU_ZERO(&only);
  CPU_SET(*cpu, &only);
  if (::sched_setaffinity(0, sizeof only, &only) == 0) return;
  std::fprintf(stderr, "floor: cannot run on CPU %u: %s\n", *cpu, std::strerror(errno));
  ::_exit(2);
}

}  // namespace floor_lab
