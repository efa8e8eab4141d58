-- The order-free name part of a key from a folded name; the same as ledger.ban_keys.name_tokens.
CREATE OR REPLACE TEMP MACRO name_tokens(fold) AS
    array_to_string(list_sort(list_filter(string_split(regexp_replace(fold, '([aou])e', '\1', 'g'), ' '), lambda t: t <> '')), ' ')
