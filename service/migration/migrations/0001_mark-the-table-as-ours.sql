-- Up Migration
COMMENT ON TABLE public.breakwater_migrations IS
  'Breakwater: the migrations of the service that this database has, in the order of their names.';
