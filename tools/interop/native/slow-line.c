/* A slow line between network namespaces, where the kernel has no netem: slow-line DELAY_MS LOSS_PERCENT NAMESPACE NAMESPACE...
 *
 * Makes a device "slow" in each of the namespaces (their files). A packet that is sent into one of them is held for the delay, or
 * lost by chance, and comes out where its destination was last seen as a source; everywhere else, as long as nobody knows. Says
 * "ready" when all devices exist. They go with this process. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

enum { HOSTS_MAX = 16, PACKET_MAX = 2048, HELD_MAX = 1 << 17, NOWHERE = HOSTS_MAX };

struct held {
  int64_t due_ns;
  uint8_t *bytes;
  int length, from;
};

static struct pollfd devices[HOSTS_MAX];
static int host_count;
/* Who has which address, by its last two bytes. */
static uint8_t owner_of[1 << 16];
/* The delay is the same for all, so whoever comes first leaves first. */
static struct held held[HELD_MAX];
static unsigned first, last;

static int64_t now_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static int open_device(const char *namespace) {
  struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI, .ifr_name = "slow"};
  const int place = open(namespace, O_RDONLY | O_CLOEXEC);
  if (place < 0 || setns(place, CLONE_NEWNET) != 0) return -1;
  close(place);
  const int device = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  return device < 0 || ioctl(device, TUNSETIFF, &request) != 0 ? -1 : device;
}

/* The last two bytes of an address, of IPv4 or IPv6. */
static unsigned address(const uint8_t *packet, int is_source) {
  const int end = packet[0] >> 4 == 4 ? (is_source ? 16 : 20) : (is_source ? 24 : 40);
  return packet[end - 2] << 8 | packet[end - 1];
}

static void take(int from, int64_t delay_ns, double loss) {
  uint8_t packet[PACKET_MAX];
  int length;
  while ((length = read(devices[from].fd, packet, sizeof packet)) >= 40) {
    owner_of[address(packet, 1)] = from;
    if (drand48() < loss || last - first == HELD_MAX) continue;
    struct held *one = &held[last++ % HELD_MAX];
    *one = (struct held){now_ns() + delay_ns, malloc(length), length, from};
    if (!one->bytes) exit(71);
    memcpy(one->bytes, packet, length);
  }
}

static void give(const struct held *one) {
  const int to = owner_of[address(one->bytes, 0)];
  for (int host = 0; host < host_count; host++) {
    if (host == to || (to == NOWHERE && host != one->from)) {
      /* A device that is not up takes nothing: that packet is lost, as on any line. */
      if (write(devices[host].fd, one->bytes, one->length) < 0) continue;
    }
  }
  free(one->bytes);
}

int main(int count, char **arguments) {
  if (count < 5 || count - 3 > HOSTS_MAX) return 64;
  const int64_t delay_ns = atof(arguments[1]) * 1e6;
  const double loss = atof(arguments[2]) / 100;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  srand48(1);
  memset(owner_of, NOWHERE, sizeof owner_of);
  for (host_count = 0; host_count < count - 3; host_count++) {
    devices[host_count] = (struct pollfd){open_device(arguments[3 + host_count]), POLLIN, 0};
    if (devices[host_count].fd < 0) {
      perror(arguments[3 + host_count]);
      return 71;
    }
  }
  puts("ready");
  fflush(stdout);
  for (;;) {
    const int64_t wait_ns = first == last ? 1000000000 : held[first % HELD_MAX].due_ns - now_ns();
    const struct timespec wait = {0, wait_ns < 0 ? 0 : wait_ns > 999999999 ? 999999999 : wait_ns};
    if (ppoll(devices, host_count, &wait, NULL) > 0)
      for (int host = 0; host < host_count; host++)
        if (devices[host].revents) take(host, delay_ns, loss);
    for (const int64_t now = now_ns(); first != last && held[first % HELD_MAX].due_ns <= now; first++)
      give(&held[first % HELD_MAX]);
  }
}
