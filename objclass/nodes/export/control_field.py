"""``controls: {positive: …, negative: …}``: which wells are controls, as a workflow says it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from objclass.schema.base import Frozen
from objclass.schema.fields import NameOrNames
from objclass.wells.control_wells import ControlWells


class NamedControls(Frozen):
    """Wells that are controls, one by one or by what is said of them."""

    positive: Annotated[
        NameOrNames, Field(description="Wells such as A01, or a condition such as drug=taxol.")
    ] = ()
    negative: Annotated[
        NameOrNames, Field(description="The controls that they are compared with.")
    ] = ()

    @property
    def wells(self) -> ControlWells:
        """The same for the functions about wells."""
        return ControlWells(self.positive, self.negative)
