/* Runs a command and says what it took, as the operating system accounts it: run REPORT COMMAND ARGUMENTS...
 *
 * The peak that wait4 gives counts from before the command replaced this program, which is small. Memory of its own (anonymous) is
 * only known while it runs, and sampled. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static pid_t child;

static void forward(int signal) { kill(child, signal); }

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec / 1e9;
}

static long anonymous_kilobytes(void) {
  char path[64], line[256];
  long found = 0;
  snprintf(path, sizeof path, "/proc/%d/status", child);
  FILE *file = fopen(path, "r");
  if (!file) return 0;
  while (fgets(line, sizeof line, file))
    if (!strncmp(line, "RssAnon:", 8)) found = atol(line + 8);
  fclose(file);
  return found;
}

int main(int count, char **arguments) {
  struct rusage usage;
  int status;
  long anonymous = 0, sample;
  const double start = now();
  if (count < 3) return 64;
  child = fork();
  if (child == 0) {
    // Whoever has no patience with this program and kills it ends the command too.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    execvp(arguments[2], arguments + 2);
    _exit(127);
  }
  signal(SIGTERM, forward);
  signal(SIGINT, forward);
  while (wait4(child, &status, WNOHANG, &usage) == 0) {
    if ((sample = anonymous_kilobytes()) > anonymous) anonymous = sample;
    usleep(5000);
  }
  const double elapsed = now() - start;
  FILE *report = fopen(arguments[1], "w");
  if (!report) return 74;
  fprintf(report, "{\"elapsedS\":%.4f,\"cpuS\":%.4f,\"peakBytes\":%ld,\"ownBytes\":%ld,\"exitCode\":%d}\n", elapsed,
          usage.ru_utime.tv_sec + usage.ru_stime.tv_sec + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6,
          usage.ru_maxrss * 1024, anonymous * 1024, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
  fclose(report);
  return 0;
}
