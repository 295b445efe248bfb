/* A galaxy of point masses, by the method of Barnes and Hut: gravity of distant bodies is
 * approximated by that of the quadrants of a quadtree, which is built anew at every step.
 *
 * The program is an ordinary one and knows nothing of checkpoints.  It does what real
 * programs do: it reads settings from a file, allocates and frees a tree by the thousand,
 * recurses, computes in floating point, keeps a log file open while it works, and in the
 * end reads the log again, sorts, and writes a report.
 *
 * Every line on standard output ends with a digest of all bits of the state so far: one
 * wrong bit, anywhere, changes all later lines.
 *
 * usage: program FOLDER      (with settings.txt in it; log.csv and report.txt are written)
 */
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LOG_EVERY = 5, PRINT_EVERY = 40, DEEPEST = 40, RANKED = 5 };
static const double SOFTENING = 1e-4; /* keeps close encounters finite */

struct settings {
    int bodies, steps;
    unsigned seed;
    double theta, dt;
};

struct body {
    double x, y, vx, vy, ax, ay, mass;
    int number;
};

/* A square region with its total mass and centre of mass.  A leaf holds one body, or
 * several where they are closer than the smallest region. */
struct node {
    double x, y, half; /* centre and half the side */
    double mass, mx, my;
    const struct body *body;
    struct node *child[4];
};

static void fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("program: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    exit(1);
}

static void *allocate(size_t size)
{
    void *memory = calloc(1, size);
    if (!memory)
        fail("out of memory");
    return memory;
}

static FILE *open_in(const char *folder, const char *name, const char *mode)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, mode);
    if (!file)
        fail("cannot open %s", path);
    return file;
}

/* ---- digest: FNV-1a, 64 bits ---- */

static uint64_t digest = 0xcbf29ce484222325;

static void digest_add(const void *data, size_t size)
{
    const unsigned char *byte = data;
    for (size_t i = 0; i < size; i++)
        digest = (digest ^ byte[i]) * 0x100000001b3;
}

/* ---- settings ---- */

static void set(struct settings *s, const char *name, double value)
{
    if (!strcmp(name, "bodies"))
        s->bodies = (int)value;
    else if (!strcmp(name, "steps"))
        s->steps = (int)value;
    else if (!strcmp(name, "seed"))
        s->seed = (unsigned)value;
    else if (!strcmp(name, "theta"))
        s->theta = value;
    else if (!strcmp(name, "dt"))
        s->dt = value;
    else
        fail("settings.txt: unknown name %s", name);
}

static struct settings read_settings(const char *folder)
{
    struct settings s = {.bodies = 100, .steps = 100, .seed = 1, .theta = 0.5, .dt = 0.001};
    FILE *file = open_in(folder, "settings.txt", "r");
    char line[256], name[32];
    double value;
    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, "#\n")] = 0;
        if (sscanf(line, "%31s %lf", name, &value) == 2)
            set(&s, name, value);
    }
    fclose(file);
    if (s.bodies < 2 || s.steps < 1)
        fail("settings.txt: at least 2 bodies and 1 step are wanted");
    return s;
}

/* ---- initial state: two discs that meet ---- */

static double random_unit(uint64_t *state)
{
    *state ^= *state << 13; /* xorshift64 */
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return (double)(*state >> 11) / 9007199254740992.0;
}

static void make_bodies(struct body *bodies, const struct settings *s)
{
    uint64_t state = 88172645463325252u + s->seed;
    for (int i = 0; i < s->bodies; i++) {
        int disc = i % 2 ? 1 : -1;
        double radius = 0.05 + 0.9 * sqrt(random_unit(&state)), angle = 6.283185307179586 * random_unit(&state);
        double speed = 0.6 * sqrt(radius);
        bodies[i] = (struct body){
            .x = 1.2 * disc + radius * cos(angle), .y = 0.3 * disc + radius * sin(angle),
            .vx = -speed * sin(angle) - 0.25 * disc, .vy = speed * cos(angle),
            .mass = (0.5 + random_unit(&state)) / s->bodies, .number = i,
        };
    }
}

/* ---- the tree ---- */

static struct node *new_node(double x, double y, double half)
{
    struct node *n = allocate(sizeof *n);
    n->x = x, n->y = y, n->half = half;
    return n;
}

static void insert(struct node *n, const struct body *b, int depth);

static void insert_below(struct node *n, const struct body *b, int depth)
{
    int east = b->x >= n->x, north = b->y >= n->y, quadrant = 2 * north + east;
    if (!n->child[quadrant]) {
        double h = n->half / 2;
        n->child[quadrant] = new_node(n->x + (east ? h : -h), n->y + (north ? h : -h), h);
    }
    insert(n->child[quadrant], b, depth + 1);
}

static void insert(struct node *n, const struct body *b, int depth)
{
    int empty = n->mass == 0, leaf = n->body != NULL;
    double mass = n->mass + b->mass;
    n->mx = (n->mx * n->mass + b->x * b->mass) / mass;
    n->my = (n->my * n->mass + b->y * b->mass) / mass;
    n->mass = mass;
    if (empty) {
        n->body = b;
    } else if (depth < DEEPEST) {
        if (leaf)
            insert_below(n, n->body, depth);
        n->body = NULL;
        insert_below(n, b, depth);
    }
}

static void release(struct node *n)
{
    if (!n)
        return;
    for (int i = 0; i < 4; i++)
        release(n->child[i]);
    free(n);
}

static struct node *build(const struct body *bodies, int count)
{
    double extent = 1;
    for (int i = 0; i < count; i++)
        extent = fmax(extent, fmax(fabs(bodies[i].x), fabs(bodies[i].y)));
    struct node *root = new_node(0, 0, extent);
    for (int i = 0; i < count; i++)
        insert(root, &bodies[i], 0);
    return root;
}

/* ---- motion ---- */

/* Adds the pull of a region on b; returns the potential at b. */
static double attract(const struct node *n, struct body *b, double theta)
{
    if (!n || n->body == b)
        return 0;
    double dx = n->mx - b->x, dy = n->my - b->y, square = dx * dx + dy * dy + SOFTENING;
    if (n->body || 4 * n->half * n->half < theta * theta * square) {
        double distance = sqrt(square), pull = n->mass / (square * distance);
        b->ax += pull * dx;
        b->ay += pull * dy;
        return -n->mass / distance;
    }
    double potential = 0;
    for (int i = 0; i < 4; i++)
        potential += attract(n->child[i], b, theta);
    return potential;
}

/* Moves all bodies on by one step; returns their energy. */
static double step(struct body *bodies, const struct settings *s)
{
    double energy = 0;
    struct node *root = build(bodies, s->bodies);
    for (int i = 0; i < s->bodies; i++) {
        struct body *b = &bodies[i];
        b->ax = b->ay = 0;
        energy += b->mass * attract(root, b, s->theta) / 2;
    }
    release(root);
    for (int i = 0; i < s->bodies; i++) {
        struct body *b = &bodies[i];
        b->vx += b->ax * s->dt;
        b->vy += b->ay * s->dt;
        b->x += b->vx * s->dt;
        b->y += b->vy * s->dt;
        energy += b->mass * (b->vx * b->vx + b->vy * b->vy) / 2;
    }
    digest_add(bodies, (size_t)s->bodies * sizeof *bodies);
    return energy;
}

/* ---- report ---- */

static int by_speed(const void *a, const void *b)
{
    const struct body *p = a, *q = b;
    double left = hypot(p->vx, p->vy), right = hypot(q->vx, q->vy);
    return left < right ? 1 : left > right ? -1 : p->number - q->number;
}

/* Reads the log again, as text, and tells what is in it. */
static void write_report(const char *folder, struct body *bodies, int count)
{
    FILE *log = open_in(folder, "log.csv", "r"), *report = open_in(folder, "report.txt", "w");
    char line[128];
    double energy, lowest = INFINITY, highest = -INFINITY;
    int number, lines = 0, lists = 0;
    while (fgets(line, sizeof line, log)) {
        digest_add(line, strlen(line));
        lists += line[0] == '#';
        if (sscanf(line, "%d,%lf", &number, &energy) == 2) {
            lines++;
            lowest = fmin(lowest, energy);
            highest = fmax(highest, energy);
        }
    }
    fclose(log);
    fprintf(report, "%d lines of log, %d headings, energy from %.9f to %.9f\n", lines, lists, lowest, highest);

    qsort(bodies, (size_t)count, sizeof *bodies, by_speed);
    for (int i = 0; i < count && i < RANKED; i++)
        fprintf(report, "%d. body %d, speed %.9f\n", i + 1, bodies[i].number, hypot(bodies[i].vx, bodies[i].vy));
    fclose(report);
}

int main(int argc, char **argv)
{
    if (argc != 2)
        fail("usage: program FOLDER");
    const char *folder = argv[1];
    struct settings s = read_settings(folder);
    struct body *bodies = allocate((size_t)s.bodies * sizeof *bodies);
    make_bodies(bodies, &s);

    FILE *log = open_in(folder, "log.csv", "w");
    fprintf(log, "# step,energy,x,y of body 0\n");
    printf("%d bodies, %d steps\n", s.bodies, s.steps);
    for (int i = 1; i <= s.steps; i++) {
        double energy = step(bodies, &s);
        if (i % LOG_EVERY == 0)
            fprintf(log, "%d,%.12f,%.12f,%.12f\n", i, energy, bodies[0].x, bodies[0].y);
        if (i % PRINT_EVERY == 0) {
            printf("step %4d  energy %12.9f  digest %016llx\n", i, energy, (unsigned long long)digest);
            fflush(stdout);
        }
    }
    fclose(log);

    write_report(folder, bodies, s.bodies);
    printf("done                         digest %016llx\n", (unsigned long long)digest);
    free(bodies);
    return 0;
}
