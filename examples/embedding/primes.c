#define EXPORT(name) __attribute__((export_name(#name))) name

static int found;

int EXPORT(count)(void) { return found; }

int EXPORT(search)(int from, int to)
{
    for (int n = from; n < to; n++) {
        int d = 2;
        while (d * d <= n && n % d) d++;
        found += n > 1 && d * d > n;
    }
    return found;
}
