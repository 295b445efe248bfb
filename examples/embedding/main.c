#include <signal.h>
#include <stdio.h>
#include <unistd.h>
#include "primes.h"

static void on_alarm(int signal) { primes_instance_request_checkpoint(); }

int main(int argc, char **argv)
{
    const char *options[] = {argv[0], "--wanco-snapshot", "primes.wsnap"};
    int32_t found;
    enum wanco_status status = primes_instance_create(3, options, argc > 1 ? argv[1] : NULL);
    if (status == WANCO_OK && primes_instance_pending()) {
        union wanco_value result = {0};
        status = primes_instance_continue(&result, 1);
        found = result.i32;
    } else if (status == WANCO_OK) {
        signal(SIGALRM, on_alarm);
        ualarm(100000, 0);
        status = primes__initialize();
        if (status == WANCO_OK)
            status = primes_search(0, 2000000, &found);
    }
    if (status == WANCO_CHECKPOINTED)
        puts("saved");
    else if (status == WANCO_OK)
        printf("%d primes\n", found);
    else
        printf("failed: %s\n", primes_instance_message());
    return status == WANCO_ERROR || status == WANCO_TRAP;
}
