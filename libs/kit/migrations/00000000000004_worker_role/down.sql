-- The functions stay: the first migration has them too, and drops them.
SELECT;
