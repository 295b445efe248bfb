/* SQLite: a workload on a database file in the granted directory. Argument: its size. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sqlite3.h"

static sqlite3 *db;

static void fail(const char *what) {
  printf("%s: %s\n", what, sqlite3_errmsg(db));
  exit(1);
}

static void run(const char *sql) {
  if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK) fail(sql);
}

/* Runs a query; prints its first rows and a digest of all of them. */
static void query(const char *sql) {
  sqlite3_stmt *statement;
  if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK) fail(sql);
  uint64_t hash = 0xcbf29ce484222325u;
  int rows = 0, status;
  for (; (status = sqlite3_step(statement)) == SQLITE_ROW; rows++) {
    for (int i = 0; i < sqlite3_column_count(statement); i++) {
      const char *text = (const char *)sqlite3_column_text(statement, i);
      for (const char *c = text ? text : "NULL"; *c; c++) hash = (hash ^ (unsigned char)*c) * 0x100000001b3u;
      if (rows < 3) printf("%s%.60s", i ? "|" : "  ", text ? text : "NULL");
    }
    if (rows < 3) putchar('\n');
  }
  if (status != SQLITE_DONE) fail(sql);
  sqlite3_finalize(statement);
  printf("%d rows, %016llx: %.60s\n", rows, (unsigned long long)hash, sql);
}

static uint32_t state = 12345;

static uint32_t number(uint32_t below) {
  state = state * 1664525 + 1013904223;
  return (state >> 8) % below;
}

static void fill(int count) {
  static const char *const nouns[] = {"apple", "river", "engine", "letter", "garden", "mirror", "window", "planet", "hammer", "violin"};
  sqlite3_stmt *item, *sale;
  if (sqlite3_prepare_v2(db, "INSERT INTO item VALUES (?, ?, ?, ?)", -1, &item, NULL) != SQLITE_OK) fail("item");
  if (sqlite3_prepare_v2(db, "INSERT INTO sale(item, day, amount, note) VALUES (?, ?, ?, ?)", -1, &sale, NULL) != SQLITE_OK) fail("sale");
  for (int i = 1; i <= count; i++) {
    char name[80];
    snprintf(name, sizeof name, "%s %s %u", nouns[number(10)], nouns[number(10)], number(1000));
    sqlite3_bind_int(item, 1, i);
    sqlite3_bind_text(item, 2, name, -1, SQLITE_TRANSIENT);
    sqlite3_bind_double(item, 3, number(100000) / 7.0);
    sqlite3_bind_int(item, 4, (int)number(20));
    if (sqlite3_step(item) != SQLITE_DONE) fail("insert");
    sqlite3_reset(item);
    for (int sales = (int)number(4); sales; sales--) {
      sqlite3_bind_int(sale, 1, i);
      sqlite3_bind_int(sale, 2, (int)number(365));
      sqlite3_bind_double(sale, 3, number(1000) / 3.0);
      sqlite3_bind_text(sale, 4, name, 8, SQLITE_TRANSIENT);
      if (sqlite3_step(sale) != SQLITE_DONE) fail("insert");
      sqlite3_reset(sale);
    }
    if (i % 1000 == 0) run("COMMIT; BEGIN");
  }
  sqlite3_finalize(item);
  sqlite3_finalize(sale);
}

int main(int argc, char **argv) {
  int count = argc > 1 ? atoi(argv[1]) : 5000;
  printf("SQLite %s\n", sqlite3_libversion());
  if (sqlite3_open_v2("/data/shop.db", &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, "unix-none") != SQLITE_OK) fail("open");
  run("PRAGMA cache_size = 200; PRAGMA foreign_keys = ON; PRAGMA temp_store = FILE");
  run("CREATE TABLE item(id INTEGER PRIMARY KEY, name TEXT, price REAL, kind INT);"
      "CREATE TABLE sale(id INTEGER PRIMARY KEY, item INT REFERENCES item, day INT, amount REAL, note TEXT);"
      "CREATE VIRTUAL TABLE text USING fts5(name, content='item', content_rowid='id');"
      "CREATE TRIGGER insert_item AFTER INSERT ON item BEGIN INSERT INTO text(rowid, name) VALUES (new.id, new.name); END");
  run("BEGIN");
  fill(count);
  run("COMMIT");
  run("CREATE INDEX sale_day ON sale(day, amount); CREATE INDEX item_name ON item(name COLLATE NOCASE); ANALYZE");
  query("SELECT kind, count(*), round(sum(price), 4), group_concat(name) FROM (SELECT * FROM item ORDER BY name, id) GROUP BY kind");
  query("SELECT i.name, sum(s.amount) AS total FROM item i JOIN sale s ON s.item = i.id GROUP BY i.id ORDER BY total DESC, i.id LIMIT 200");
  query("SELECT day, amount, avg(amount) OVER (ORDER BY day, id ROWS BETWEEN 5 PRECEDING AND 5 FOLLOWING), rank() OVER (PARTITION BY day % 7 ORDER BY amount, id) FROM sale ORDER BY day, id");
  query("SELECT rowid, highlight(text, 0, '[', ']') FROM text WHERE text MATCH 'river AND (engine OR 7*) NOT violin' ORDER BY rank, rowid");
  query("WITH RECURSIVE fib(n, a, b) AS (VALUES (1, 0, 1) UNION ALL SELECT n + 1, b, a + b FROM fib WHERE n < 80) SELECT * FROM fib");
  query("SELECT json_group_object(name, json_array(id, price)) FROM (SELECT * FROM item WHERE kind = 7 ORDER BY id)");
  query("SELECT name, instr(name, 'e'), printf('%.3e', price), hex(substr(name, 1, 4)), soundex(name) FROM item WHERE name GLOB '*[r-v]er*' AND price BETWEEN 100 AND 9000 ORDER BY name COLLATE NOCASE, id");
  run("UPDATE item SET price = price * 1.1 WHERE id IN (SELECT item FROM sale WHERE day < 100); SAVEPOINT s; DELETE FROM sale; ROLLBACK TO s; RELEASE s;"
      "DELETE FROM sale WHERE day % 3 = 1; VACUUM");
  query("SELECT count(*), round(sum(price), 3), total(kind), sqrt(max(price)), exp(1.5), pow(2, 0.5) FROM item");
  query("PRAGMA integrity_check");
  query("SELECT name, count(*), sum(pgsize) FROM dbstat GROUP BY name ORDER BY name");
  sqlite3_close(db);
  FILE *file = fopen("/data/shop.db", "rb");
  if (!file) return 2;
  fseek(file, 0, SEEK_END);
  printf("%ld bytes in the file\n", ftell(file));
  fclose(file);
  return 0;
}
