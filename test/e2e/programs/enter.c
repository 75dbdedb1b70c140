/* Joins cgroups and binds files for the tests: one static program in place of shells and mount(8), each of which takes
   0.1 s on an emulated machine. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

static int fail(const char *what) {
  perror(what);
  return 1;
}

/* join FILE... -- COMMAND...: joins the cgroups by their cgroup.procs, then becomes the command. */
static int join(char **argv) {
  for (; *argv && strcmp(*argv, "--"); argv++) {
    int fd = open(*argv, O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write(fd, "0", 1) != 1) return fail(*argv);
    close(fd);
  }
  if (!argv[0] || !argv[1]) return 2;
  execvp(argv[1], argv + 1);
  return fail(argv[1]);
}

/* bind FROM PATH...: binds FROM/PATH over /PATH. */
static int bind_all(const char *from, char **argv) {
  char source[4096], target[4096];
  for (; *argv; argv++) {
    snprintf(source, sizeof source, "%s/%s", from, *argv);
    snprintf(target, sizeof target, "/%s", *argv);
    if (mount(source, target, NULL, MS_BIND, NULL)) return fail(target);
  }
  return 0;
}

int main(int argc, char **argv) {
  if (argc > 2 && !strcmp(argv[1], "join")) return join(argv + 2);
  if (argc > 2 && !strcmp(argv[1], "bind")) return bind_all(argv[2], argv + 3);
  fputs("usage: enter join FILE... -- COMMAND... | bind FROM PATH...\n", stderr);
  return 2;
}
