from django.db import migrations

FORBID = """
CREATE FUNCTION registry_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the history of models is append-only';
END $$;
CREATE TRIGGER registry_append_only BEFORE UPDATE OR DELETE ON insights_modelstep
    FOR EACH ROW EXECUTE FUNCTION registry_append_only();
CREATE TRIGGER registry_append_only BEFORE UPDATE OR DELETE ON insights_modelaudit
    FOR EACH ROW EXECUTE FUNCTION registry_append_only();
CREATE TRIGGER registry_append_only BEFORE DELETE ON insights_learnedmodel
    FOR EACH ROW EXECUTE FUNCTION registry_append_only();
CREATE TRIGGER registry_only_state BEFORE UPDATE ON insights_learnedmodel
    FOR EACH ROW WHEN (
        (OLD.method, OLD.version, OLD.artefact, OLD.digest, OLD.card, OLD.trained_at)
        IS DISTINCT FROM
        (NEW.method, NEW.version, NEW.artefact, NEW.digest, NEW.card, NEW.trained_at)
    )
    EXECUTE FUNCTION registry_append_only();
"""
ALLOW = """
DROP TRIGGER registry_only_state ON insights_learnedmodel;
DROP TRIGGER registry_append_only ON insights_learnedmodel;
DROP TRIGGER registry_append_only ON insights_modelaudit;
DROP TRIGGER registry_append_only ON insights_modelstep;
DROP FUNCTION registry_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("insights", "0003_registry")]

    operations = [migrations.RunSQL(FORBID, ALLOW)]
