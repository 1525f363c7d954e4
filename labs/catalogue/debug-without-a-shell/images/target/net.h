/* Sockets: only what quote needs of them. */
#include <stddef.h>

int listen_on(const char *address, int port);

/* The next one at the door. */
int visitor(int door);

/* GET a path: the status, 0 where nobody answers. The body is read of a good answer only. */
int ask(const char *host, const char *port, const char *path, const char *header, char *body, size_t size);
