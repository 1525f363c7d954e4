#include "net.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

int listen_on(const char *address, int port) {
    int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in place = {.sin_family = AF_INET, .sin_port = htons(port)};
    inet_pton(AF_INET, address, &place.sin_addr);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, (struct sockaddr *)&place, sizeof place) || listen(fd, 16))
        exit(1);
    return fd;
}

/* Nobody who is silent keeps the others waiting for long. */
static void be_impatient(int fd) {
    struct timeval patience = {.tv_sec = 2};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
}

int visitor(int door) {
    int fd = accept(door, NULL, NULL);
    be_impatient(fd);
    return fd;
}

static int connected(const char *host, const char *port) {
    struct addrinfo wanted = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *found;
    if (getaddrinfo(host, port, &wanted, &found))
        return -1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    be_impatient(fd);
    if (connect(fd, found->ai_addr, found->ai_addrlen)) {
        close(fd);
        fd = -1;
    }
    freeaddrinfo(found);
    return fd;
}

/* All that comes until the other side closes, as text. */
static void rest(int fd, char *text, size_t size) {
    size_t have = 0;
    for (ssize_t more; have < size - 1 && (more = read(fd, text + have, size - 1 - have)) > 0; have += more)
        ;
    text[have] = 0;
}

int ask(const char *host, const char *port, const char *path, const char *header, char *body, size_t size) {
    char start[13] = "", answer[2048];
    int status = 0, fd = connected(host, port);
    if (fd < 0)
        return 0;
    dprintf(fd, "GET %s HTTP/1.0\r\nHost: %s\r\n%s\r\n", path, host, header);
    /* "HTTP/1.0 200" is all that is looked at: why somebody refuses stays unread. */
    if (read(fd, start, sizeof start - 1) > 0)
        sscanf(start, "HTTP/%*s %d", &status);
    if (status == 200) {
        rest(fd, answer, sizeof answer);
        char *blank = strstr(answer, "\r\n\r\n");
        snprintf(body, size, "%s", blank ? blank + 4 : "");
    }
    close(fd);
    return status;
}
