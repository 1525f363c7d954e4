/* quote: the price of tea and the rate of the day, over HTTP. Nothing else is in its image: no shell, no tools. */
#include "net.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *settings_file = "/config/quote.conf";
static char supplier[64], supplier_port[8], prices[128], contract[128]; /* as set */
static char list[384];                                                  /* prices, with the zone filled in */
static int journal;

static void stop(int signal) {
    (void)signal;
    _exit(0);
}

/* The settings are read once: other settings need another start. */
static int read_settings(void) {
    char line[256], key[32], value[128];
    FILE *file = fopen(settings_file, "r");
    if (!file)
        return 0;
    while (fgets(line, sizeof line, file)) {
        if (sscanf(line, " %31[a-z] = %127s", key, value) != 2)
            continue;
        if (!strcmp(key, "supplier"))
            sscanf(value, "%63[^:]:%7s", supplier, supplier_port);
        else if (!strcmp(key, "prices"))
            snprintf(prices, sizeof prices, "%s", value);
        else if (!strcmp(key, "contract"))
            snprintf(contract, sizeof contract, "%s", value);
    }
    fclose(file);
    return 1;
}

/* The supplier says who we are; no file and no variable does. Returns the port for probes. */
static int enrol(void) {
    char said[256], instance[64], zone[64];
    int port = 0;
    while (ask(supplier, supplier_port, "/enrol", "", said, sizeof said) != 200 ||
           sscanf(said, "%63s %63s %d", instance, zone, &port) != 3)
        usleep(100000);
    char *hole = strstr(prices, "{zone}");
    if (hole)
        snprintf(list, sizeof list, "%.*s%s%s", (int)(hole - prices), prices, zone, hole + strlen("{zone}"));
    else
        snprintf(list, sizeof list, "%s", prices);
    dprintf(journal, "enrolled as %s\n", instance);
    return port;
}

static int price(char *body, size_t size) {
    int file = open(list, O_RDONLY | O_CLOEXEC);
    ssize_t length = file < 0 ? -1 : read(file, body, size - 1);
    if (file >= 0)
        close(file);
    if (length < 0) {
        dprintf(journal, "price: not available\n");
        return 503;
    }
    body[length] = 0;
    return 200;
}

static int rate(char *body, size_t size) {
    char header[160];
    snprintf(header, sizeof header, "Contract: %s\r\n", contract);
    if (ask(supplier, supplier_port, "/rate", header, body, size) == 200)
        return 200;
    dprintf(journal, "rate: not available\n");
    return 502;
}

static void serve(int client) {
    char request[1024] = "", path[64] = "", body[1024] = "not available\n";
    int status = 404;
    if (read(client, request, sizeof request - 1) > 0 && sscanf(request, "GET %63s", path) == 1) {
        if (!strcmp(path, "/price"))
            status = price(body, sizeof body);
        else if (!strcmp(path, "/rate"))
            status = rate(body, sizeof body);
        else if (!strcmp(path, "/alive"))
            status = 200, strcpy(body, "alive\n");
        dprintf(client, "HTTP/1.0 %d -\r\nContent-Type: text/plain\r\n\r\n%s", status, body);
    }
    close(client);
}

int main(void) {
    signal(SIGTERM, stop); /* the first process of a container gets no default actions */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGCHLD, SIG_IGN); /* orphans of whoever shares our processes become our children */
    journal = open("/tmp/quote.log", O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    unlink("/tmp/quote.log");
    while (!read_settings())
        usleep(100000); /* the machine may be there before its settings are */
    int probes = enrol();
    struct pollfd doors[] = {{listen_on("0.0.0.0", 8080), POLLIN, 0}, {listen_on("127.0.0.1", probes), POLLIN, 0}};
    for (;;) {
        if (poll(doors, 2, -1) < 0)
            continue;
        for (int i = 0; i < 2; i++)
            if (doors[i].revents & POLLIN)
                serve(visitor(doors[i].fd));
    }
}
