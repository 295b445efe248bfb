/* The sieve of Eratosthenes. */
#pragma once

/* How many primes there are below `limit`; -1 without memory. */
long count_primes(long limit);
