#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    long limit = argc > 1 ? atol(argv[1]) : 100, count = 0;
    for (long n = 2; n < limit; n++) {
        long d = 2;
        while (d * d <= n && n % d)
            d++;
        count += d * d > n;
    }
    printf("%ld\n", count);
    return 0;
}
