-- Selected persons whose token stands in an earlier delivery to the customer.
CREATE OR REPLACE TEMP TABLE received_person AS
SELECT DISTINCT s.person AS id
FROM selection(
    $kinds::UTINYINT[], $industries::SMALLINT[], $forms::SMALLINT[], $staff_classes::UTINYINT[],
    $revenue_classes::UTINYINT[], $regions::UTINYINT[], $municipalities::SMALLINT[], $postcodes::INTEGER[],
    $workstations::INTEGER, $servers::INTEGER, $erps::SMALLINT[], $responsibilities::UINTEGER,
    $purchasings::UINTEGER, $levels::UTINYINT[], $titles::INTEGER[], $subject::UINTEGER,
    $needs_email::BOOLEAN, $needs_phone::BOOLEAN, $needs_post::BOOLEAN
) AS s
WHERE unhex(substr(hmac_hex($inner, $outer, s.person_nonce::VARCHAR::BLOB), 1, 32)) IN (SELECT unnest($tokens::BLOB[]))
