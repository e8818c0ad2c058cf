-- Has a PostgreSQL archive its WAL continuously; takes effect at its next restart.
--   psql --set=stanza=folkmoot --file=archiving.sql
\if :{?pgbackrest}
\else
\set pgbackrest pgbackrest
\endif
\set command :pgbackrest ' --stanza=' :stanza ' archive-push %p'
ALTER SYSTEM SET archive_mode = on;
ALTER SYSTEM SET archive_command = :'command';
-- A WAL file is archived after this time also if it is not full. With its transfer, a crash loses 60 s at most.
ALTER SYSTEM SET archive_timeout = '45s';
