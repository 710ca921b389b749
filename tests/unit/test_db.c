/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_db.c - the store's driver: all or nothing, and the first failure
 * sticks.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/store.h"
#include "daemon/vault.h"

static char dir[64];
static char path[128];


static int
make_store(void **state)
{
    struct db *db;

    snprintf(dir, sizeof(dir), "/tmp/scopecap-db-XXXXXX");
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof(path), "%s/store", dir);
    assert_int_equal(store_open(path, &db), 0);
    *state = db;
    return 0;
}


static int
end_store(void **state)
{
    char name[160];
    static const char *const ends[] = {"", "-wal", "-shm"};

    db_close(*state);
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        snprintf(name, sizeof(name), "%s%s", path, ends[i]);
        (void) unlink(name);
    }
    (void) rmdir(dir);
    return 0;
}


static int64_t
scopes(struct db *db)
{
    return db_number(db, "SELECT count(*) FROM scope", "");
}


static void
a_failure_sticks_until_the_end_of_the_change(void **state)
{
    static const char *const add =
        "INSERT INTO scope (id, name) VALUES ($1, $2)";
    struct db *db = *state;

    db_begin(db);
    assert_int_equal(db_run(db, add, "is", I64(0), "a"), 1);
    assert_int_equal(db_run(db, add, "is", I64(1), "a"), -1);
    assert_int_equal(db_run(db, add, "is", I64(2), "c"), -1);
    assert_int_equal(db_commit(db), SC_EEXIST);
    assert_int_equal(scopes(db), 0);

    db_begin(db);
    assert_int_equal(db_run(db, add, "is", I64(0), "a"), 1);
    assert_int_equal(db_commit(db), 0);
    assert_int_equal(scopes(db), 1);
}


static void
what_was_committed_is_there_again(void **state)
{
    struct db *db = *state;
    int64_t first;

    db_begin(db);
    first = store_next_file(db);
    store_set_text(db, "ask", "x");
    assert_int_equal(db_commit(db), 0);
    db_close(db);
    assert_int_equal(store_open(path, &db), 0);
    *state = db;

    char text[8];

    store_text(db, "ask", text, sizeof(text));
    assert_string_equal(text, "x");
    db_begin(db);
    assert_true(store_next_file(db) > first);
    db_rollback(db);
}


static void
queries_may_nest(void **state)
{
    static const char *const sql =
        "SELECT number FROM migration WHERE number >= $1";
    struct db *db = *state;
    struct db_query outer, inner;

    db_query(db, &outer, sql, "i", I64(0));
    assert_true(db_next(&outer));
    db_query(db, &inner, sql, "i", I64(99));
    assert_false(db_next(&inner));
    assert_int_equal(db_end(&inner), 0);
    assert_int_equal(db_int(&outer, 0), 1);
    assert_int_equal(db_end(&outer), 0);
}


static void
a_sealed_secret_opens_under_its_label_only(void **state)
{
    struct vault v = {{1}};
    uint8_t sealed[6 + VAULT_OVERHEAD];
    char plain[8] = {0};

    (void) state;
    assert_int_equal(vault_seal(&v, "app/1", "secret", 6, sealed), 0);
    assert_int_equal(vault_unseal(&v, "app/1", sealed, sizeof(sealed), plain),
                     0);
    assert_string_equal(plain, "secret");
    assert_int_equal(vault_unseal(&v, "app/2", sealed, sizeof(sealed), plain),
                     SC_ECRYPTO);
    sealed[30] ^= 1;
    assert_int_equal(vault_unseal(&v, "app/1", sealed, sizeof(sealed), plain),
                     SC_ECRYPTO);
    assert_int_equal(vault_unseal(&v, "app/1", sealed, 3, plain), SC_ECRYPTO);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            a_failure_sticks_until_the_end_of_the_change, make_store,
            end_store),
        cmocka_unit_test_setup_teardown(what_was_committed_is_there_again,
                                        make_store, end_store),
        cmocka_unit_test_setup_teardown(queries_may_nest, make_store,
                                        end_store),
        cmocka_unit_test(a_sealed_secret_opens_under_its_label_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
