"""Regions as people name them."""

import phonenumbers

from hub.contract.errors import BadSetting


def read_region(region: str) -> str:
    """*region* as ISO 3166 alpha-2; raises BadSetting."""
    wanted = region.strip().upper()
    if wanted not in phonenumbers.SUPPORTED_REGIONS:
        raise BadSetting(f"there is no region {region!r}: give two letters, as in US, GB or IT")
    return wanted
