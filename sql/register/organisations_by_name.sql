-- Organisations that go or went by this folded name.
SELECT org FROM organisation
WHERE name_fold = $fold
   OR list_contains(list_transform(coalesce(parallel_names, []) || coalesce(auxiliary_names, []) || coalesce(former_names, []), lambda n: lower(n)), lower($name))
ORDER BY org
