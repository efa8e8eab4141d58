-- Rows that a question is about, by random bucket: those selected that the asker itself did not exclude (fates 5 and 6 of
-- judged), whoever of them may be delivered.
SELECT (nonce::UHUGEINT & 4095)::INTEGER AS bucket, count(*)::INTEGER AS rows
FROM compared
WHERE held NOT IN (5, 6)
GROUP BY 1
