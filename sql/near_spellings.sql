-- A word and, from four letters on, the word with one letter left out: two words that share a spelling differ by one letter.
CREATE OR REPLACE TEMP MACRO near_spellings(word) AS
    list_distinct([word] || CASE WHEN length(word) < 4 THEN []
        ELSE list_transform(range(1, length(word) + 1), lambda i: word[1:i - 1] || word[i + 1:]) END)
