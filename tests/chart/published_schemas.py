"""To hold objects against the schemas that projects publish, and take no field that these do not know."""


def closed(schema):
    """Kubernetes drops a field that it does not know; here it is an error."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {key: closed(value) for key, value in schema.items()}
    open_by_nature = inner.keys() & {"additionalProperties", "x-kubernetes-preserve-unknown-fields"}
    if isinstance(inner.get("properties"), dict) and "type" in inner and not open_by_nature:
        inner["additionalProperties"] = False
    return inner
