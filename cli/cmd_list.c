/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_list.c - what is there: apps, policies, users.
 */

#include "cli/client.h"
#include "cli/cmd.h"
#include "cli/show.h"

static const struct column app_columns[] = {
    {"NAME", "name"},       {"UPSTREAM", "upstream"},
    {"CATALOG", "catalog"}, {"CREDENTIAL", "credential.mode"},
    {NULL, NULL},
};

static const struct column policy_columns[] = {
    {"NAME", "name"},         {"DEFAULT", "default"}, {"TOKENS", "tokens"},
    {"MAX DAYS", "max_days"}, {NULL, NULL},
};

static const struct column user_columns[] = {
    {"EMAIL", "email"},   {"NAME", "name"},     {"ROLE", "role"},
    {"POLICY", "policy"}, {"GROUPS", "groups"}, {NULL, NULL},
};


static int
app_list(const struct args *args)
{
    return show_list(args, client_path("/apps", "", ""), app_columns);
}


static int
app_show(const struct args *args)
{
    return show_one(args, client_path("/apps/", args->operands[0], ""));
}


static int
policy_list(const struct args *args)
{
    return show_list(args, client_path("/policies", "", ""), policy_columns);
}


static int
policy_show(const struct args *args)
{
    return show_one(args, client_path("/policies/", args->operands[0], ""));
}


static int
user_list(const struct args *args)
{
    return show_list(args, client_path("/users", "", ""), user_columns);
}


static int
user_show(const struct args *args)
{
    return show_one(args, client_path("/users/", args->operands[0], ""));
}


const struct command cmd_list[] = {
    {"app list", NULL, 0, 0, NULL, "list the apps", app_list},
    {"app show", "NAME", 1, 1, NULL, "show an app", app_show},
    {"policy list", NULL, 0, 0, NULL, "list the policies", policy_list},
    {"policy show", "NAME", 1, 1, NULL, "show a policy and its ceiling",
     policy_show},
    {"user list", NULL, 0, 0, NULL, "list the users", user_list},
    {"user show", "EMAIL", 1, 1, NULL, "show a user", user_show},
    {NULL, NULL, 0, 0, NULL, NULL, NULL},
};
