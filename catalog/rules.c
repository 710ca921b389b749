/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rules.c - which words say what about an operation.
 *
 * Kept short on purpose: a word stands here if it is right nearly always in
 * the documents of the shipped catalogs.  The rest are overrides.
 */

#include "catalog/rules.h"

#include "core/class.h"

#define ADDS(methods, place, classes, traits, words)                          \
    {                                                                         \
        (methods), (place), RULE_ADDS, (classes), (traits), (words)           \
    }

const struct rule rules[] = {
    /* Who may see or do what, and how the instance is set up. */
    ADDS(RULE_CHANGE, RULE_WORD, SC_CLASS_ADMIN, 0,
         "admin permission role group collaborator member membership "
         "restriction protection access level security enterprise "
         "setting configuration policy policies ruleset rule limit quota"),
    ADDS(RULE_CHANGE, RULE_WORD, SC_CLASS_ADMIN, 0,
         "workflowscheme issuesecurityscheme permissionscheme "
         "notificationscheme priorityscheme fieldscheme screenscheme "
         "issuetypescheme issuetypescreenscheme fieldconfiguration "
         "fieldconfigurationscheme issuetype screen field resolution "
         "priority category plan objectschema objecttype "
         "objecttypeattribute statustype"),
    ADDS(RULE_CHANGE, RULE_WORD, SC_CLASS_ADMIN, 0,
         "transfer invitation installation owner team classification "
         "customization default servicedesk requesttype organization space "
         "template flag avatar campaign hosted copilot"),
    ADDS(RULE_CHANGE, RULE_SCOPE, SC_CLASS_ADMIN, 0,
         "manage:jira-configuration project:admin *:admin:*"),

    /* What lets its holder act or receive data elsewhere. */
    ADDS(RULE_CHANGE, RULE_WORD, SC_CLASS_CREDENTIAL, 0,
         "token secret key credential hook webhook oauth oauth2 runner ssh "
         "gpg rerun dispatch dispatches rerequest mirror jitconfig "
         "registries"),
    ADDS(RULE_CHANGE, RULE_WORD, SC_CLASS_ADMIN | SC_CLASS_CREDENTIAL,
         SC_TRAIT_BULK, "dynamic"),
    {RULE_GET, RULE_LAST, RULE_DOUBT, 0, 0,
     "token secret credential hook webhook password"},

    /* Queries by POST. */
    {RULE_POST, RULE_FINAL, RULE_READS, 0, 0,
     "search query list bulkfetch parse match sanitize validate validation "
     "preview check count evaluate eval analyse analyze markdown markup "
     "aql iql jql history autocompletedata outbox"},

    /* Removals and more by a verb that does not say so. */
    {RULE_SEND, RULE_WORD, RULE_DOUBT, 0, 0,
     "delete remove trash purge destroy redact merge mergeto swap clear "
     "reset revoke unlink uninstall unwatch import migrate"},

    {RULE_SEND, RULE_ID, RULE_DOUBT, 0, 0,
     "delete remove trash purge destroy redact revoke uninstall"},

    /* Traits. */
    ADDS(RULE_CHANGE, RULE_WORD, 0, SC_TRAIT_BULK, "bulk batch"),
    ADDS(RULE_PUT, RULE_FINAL, 0, SC_TRAIT_BULK, "repositories"),
    ADDS(RULE_SEND, RULE_LAST, 0, SC_TRAIT_ARCHIVE, "archive unarchive"),
    ADDS(RULE_GET, RULE_FINAL, 0, SC_TRAIT_EXPORT,
         "export logs log archive sbom usage zip"),
    {RULE_SEND, RULE_FINAL, RULE_DOUBT, 0, 0, "export"},
    ADDS(RULE_SEND, RULE_FINAL, 0, SC_TRAIT_NOTIFY, "notify"),
    ADDS(RULE_DELETE, RULE_WORD, 0, SC_TRAIT_MINOR,
         "property properties label reaction watch watcher vote star starred "
         "subscription lock pin following favourite reviewer approve "
         "assignee participant dependencies remotelink"),
};

const size_t nrules = sizeof(rules) / sizeof(rules[0]);
