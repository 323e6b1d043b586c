/* What any client has to do, and nothing else, in one thread: take bytes from a socket, hash them piece by piece, write them.
 *
 *   floor give PORT FILE                     sends the file to the first who connects
 *   floor take PORT FILE PIECE_BYTES DIGESTS fetches it; exit 1 when a digest is wrong */
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Of libcrypto; declared here because its headers are often missing. */
unsigned char *SHA1(const unsigned char *bytes, size_t length, unsigned char *digest);

static struct sockaddr_in place(const char *port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(port))};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

static int give(const char *port, const char *path) {
  static char buffer[1 << 18];
  struct sockaddr_in address = place(port);
  const int yes = 1, door = socket(AF_INET, SOCK_STREAM, 0), file = open(path, O_RDONLY);
  setsockopt(door, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (file < 0 || bind(door, (struct sockaddr *)&address, sizeof address) || listen(door, 1)) return 1;
  puts("ready");
  fflush(stdout);
  const int peer = accept(door, NULL, NULL);
  for (ssize_t length; (length = read(file, buffer, sizeof buffer)) > 0;)
    for (ssize_t sent = 0, part; sent < length; sent += part)
      if ((part = write(peer, buffer + sent, length - sent)) <= 0) return 1;
  return 0;
}

static int take(const char *port, const char *path, size_t piece_bytes, const char *digests_path) {
  unsigned char *piece = malloc(piece_bytes), expected[20], digest[20];
  struct sockaddr_in address = place(port);
  const int peer = socket(AF_INET, SOCK_STREAM, 0), file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  FILE *digests = fopen(digests_path, "r");
  if (file < 0 || !digests || connect(peer, (struct sockaddr *)&address, sizeof address)) return 1;
  for (;;) {
    size_t filled = 0;
    for (ssize_t part; filled < piece_bytes && (part = read(peer, piece + filled, piece_bytes - filled)) > 0;) filled += part;
    if (filled == 0) return fread(expected, 1, 1, digests) == 0 ? 0 : 1;
    SHA1(piece, filled, digest);
    if (fread(expected, 20, 1, digests) != 1 || memcmp(expected, digest, 20)) return 1;
    if (write(file, piece, filled) != (ssize_t)filled) return 1;
  }
}

int main(int count, char **arguments) {
  if (count == 4 && !strcmp(arguments[1], "give")) return give(arguments[2], arguments[3]);
  if (count == 6 && !strcmp(arguments[1], "take"))
    return take(arguments[2], arguments[3], atol(arguments[4]), arguments[5]);
  return 64;
}
