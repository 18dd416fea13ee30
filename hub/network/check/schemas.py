"""Whether the versions of the event types that a network speaks go together."""

from hub.events.catalog import Catalog
from hub.events.compatibility import catalog_misfits
from hub.network.folder.finding import Finding
from hub.network.load import DeclaredNetwork
from hub.network.supply import completions, used_types


def check_schemas(network: DeclaredNetwork, catalog: Catalog) -> list[Finding]:
    """Report every version of a spoken event type that does not go with one before it; the file is the newer one's."""
    used = used_types(network)
    spoken = Catalog(schema for schema in catalog if schema.type in used)
    said = {each for agency in network.agencies.values() for each in (*agency.publishes, *agency.opens)}
    said |= {each for procedure in network.procedures.values() for each in completions(procedure)}
    fix = "give what is new a default and leave what is old, or make a new event type"
    return [
        Finding("incompatible-schema", f"{misfit.type}.v{misfit.newer}.avsc", 1, 1, str(misfit), fix)
        for misfit in catalog_misfits(spoken, said_by_agencies=said)
    ]
