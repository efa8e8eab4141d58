-- A folded name as coarse as a slip of the pen: aa, ae, oe, ue for one vowel, w for v, th for t; the same as schemas.near_names.
CREATE OR REPLACE TEMP MACRO near_fold(fold) AS
    replace(replace(regexp_replace(regexp_replace(fold, '([aou])e', '\1', 'g'), 'aa', 'a', 'g'), 'w', 'v'), 'th', 't')
