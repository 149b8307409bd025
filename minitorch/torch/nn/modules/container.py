"""Containers: modules and parameters in rows and under names."""

from __future__ import annotations

from ._module_dict import ModuleDict as ModuleDict
from ._parameter_containers import ParameterDict as ParameterDict
from ._parameter_containers import ParameterList as ParameterList
from ._sequences import ModuleList as ModuleList
from ._sequences import Sequential as Sequential
