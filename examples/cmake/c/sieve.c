#include "sieve.h"

#include <math.h>
#include <stdlib.h>

long count_primes(long limit)
{
    char *composite = calloc(limit > 0 ? limit : 1, 1);
    if (!composite)
        return -1;
    long root = (long)sqrt((double)limit), count = 0;
    for (long n = 2; n < limit; n++) {
        if (composite[n])
            continue;
        count++;
        for (long multiple = n * n; n <= root && multiple < limit; multiple += n)
            composite[multiple] = 1;
    }
    free(composite);
    return count;
}
