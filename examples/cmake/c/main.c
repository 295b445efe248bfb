#include <stdio.h>
#include <stdlib.h>

#include "sieve.h"

int main(int argc, char **argv)
{
    long limit = argc > 1 ? atol(argv[1]) : 1000000;
    printf("%ld primes below %ld\n", count_primes(limit), limit);
    return 0;
}
