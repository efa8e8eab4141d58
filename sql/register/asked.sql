-- What a selection asks for, as one constant of the connection; NULL means "not asked". Being a constant and no parameter
-- of each statement, what is not asked costs nothing, and count, facets and cut cannot be asked different things (R009).
-- Lists that may be long are in asked_code; here is only whether they were asked for.
SET VARIABLE asked = {
    subject: $subject::UINTEGER,
    kinds: $kinds::UTINYINT[], industries: $industries::BOOLEAN, forms: $forms::SMALLINT[],
    staff_classes: $staff_classes::UTINYINT[], revenue_classes: $revenue_classes::UTINYINT[],
    regions: $regions::UTINYINT[], municipalities: $municipalities::BOOLEAN, postcodes: $postcodes::BOOLEAN,
    website: $website::BOOLEAN, parallel_name: $parallel_name::BOOLEAN,
    workstations_min: $workstations_min::INTEGER, workstations_max: $workstations_max::INTEGER,
    servers_min: $servers_min::INTEGER, servers_max: $servers_max::INTEGER, erps: $erps::SMALLINT[],
    responsibilities: $responsibilities::UINTEGER, purchasings: $purchasings::UINTEGER, levels: $levels::UTINYINT[],
    titles: $titles::BOOLEAN, verified_since: $verified_since::DATE,
    needs_email: $needs_email::BOOLEAN, needs_phone: $needs_phone::BOOLEAN, needs_post: $needs_post::BOOLEAN,
    any_email: $any_email::BOOLEAN, any_phone: $any_phone::BOOLEAN, any_post: $any_post::BOOLEAN,
    not_kinds: $not_kinds::UTINYINT[], not_industries: $not_industries::BOOLEAN, not_forms: $not_forms::SMALLINT[],
    not_staff_classes: $not_staff_classes::UTINYINT[], not_revenue_classes: $not_revenue_classes::UTINYINT[],
    not_regions: $not_regions::UTINYINT[], not_municipalities: $not_municipalities::BOOLEAN,
    not_postcodes: $not_postcodes::BOOLEAN, not_erps: $not_erps::SMALLINT[]
}
