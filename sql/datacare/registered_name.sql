-- Every name an organisation has or had, and whether it is a former one.
SELECT org AS pid, name, false AS former FROM organisation WHERE org > $after AND org <= $until
UNION ALL
SELECT org, unnest(parallel_names), false FROM organisation WHERE org > $after AND org <= $until
UNION ALL
SELECT org, unnest(auxiliary_names), false FROM organisation WHERE org > $after AND org <= $until
UNION ALL
SELECT org, unnest(former_names), true FROM organisation WHERE org > $after AND org <= $until
ORDER BY pid, former, name
