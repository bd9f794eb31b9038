"""The public API of timeline-core, one line for each item, from the JSON that rustdoc writes."""

import re
import sys

# Crates whose types may stand in a public signature. All others are details that can change.
ALLOWED = {"std", "core", "alloc", "timeline_core", "timeline_derive", "serde", "serde_core", "serde_json"}
# What a transport of the user's own speaks.
ALLOWED |= {"bytes", "http", "http_body"}
# Behind the feature of that name; `futures_core` has the trait `Stream`.
ALLOWED |= {"chrono", "jiff", "time", "uuid", "futures_core"}
STANDARD = {"std", "core", "alloc"}
AUTO_TRAITS = ["Send", "Sync", "Unpin"]


def features(item):
    """Of an attribute `#[cfg(feature = "…")]`; with `any`, all that are named."""
    texts = (attribute["other"] for attribute in item["attrs"] if isinstance(attribute, dict) and "other" in attribute)
    found = (re.findall(r'name: "feature", value: Some\("([\w-]+)"\)', text) for text in texts if "CfgTrace" in text)
    return {names[0] if len(names) == 1 else f"({' or '.join(sorted(names))})" for names in found if names}


class Listing:
    def __init__(self, document):
        self.index = document["index"]
        self.paths = document["paths"]
        self.public = {}
        # What each public place needs of the features.
        self.features = {}
        self.lines = set()
        self.foreign = {}
        # What is being written, for messages.
        self.here = ""

    def of_the_crate(self, root):
        self.find(self.index[str(root)], "timeline_core")
        for path, item in sorted(self.places):
            self.item(path, self.index[item])
            if self.features[path]:
                self.line(path, f"{path} needs the feature {' and '.join(sorted(self.features[path]))}", 1)
        return [text for _, _, text in sorted(self.lines)]

    # Where items are public: through `pub use`, as users write them.

    def find(self, module, path):
        self.places = []
        waiting = [(path, module)]
        seen = set()
        while waiting:
            path, module = waiting.pop(0)
            for number in module["inner"]["module"]["items"]:
                item = self.index[str(number)]
                name = item["name"]
                if "use" in item["inner"]:
                    use = item["inner"]["use"]
                    name = use["name"]
                    target = self.index.get(str(use["id"]))
                    if target is None:
                        needs = " and ".join(sorted(features(item)))
                        self.line(f"{path}::{name}", f"use {path}::{name} = {self.path(use['id'], use['source'])}")
                        self.line(f"{path}::{name}", f"{path}::{name} needs the feature {needs}", 1)
                        continue
                    if use["is_glob"]:
                        sys.exit(f"{path}: this script knows no `pub use …::*`")
                    item = target
                if item["visibility"] != "public":
                    continue
                place = f"{path}::{name}"
                self.features[place] = self.features.get(path, set()) | features(self.index[str(number)]) | features(item)
                self.public.setdefault(item["id"], place)
                self.places.append((place, str(item["id"])))
                if "module" in item["inner"] and place not in seen:
                    seen.add(place)
                    waiting.append((place, item))

    def line(self, path, text, rank=0):
        """Sorted by the path, so that what belongs to a type stands behind it. Paths are those inside the crate."""
        self.lines.add((path, rank, text.replace("timeline_core::", "")))

    # Items

    def item(self, path, item):
        self.here = path
        kind, inner = next(iter(item["inner"].items()))
        marks = self.marks(item)
        if kind == "module":
            self.line(path, f"mod {path}")
        elif kind == "function":
            self.line(path, self.function(path, inner) + marks)
        elif kind in ("constant", "static"):
            value = inner["const"]["expr"] if kind == "constant" else inner["expr"]
            word = "const" if kind == "constant" else "static"
            self.line(path, f"{word} {path}: {self.type(inner['type'])} = {value}{marks}")
        elif kind == "type_alias":
            parameters = self.parameters(inner["generics"])
            self.line(path, f"type {path}{parameters} = {self.type(inner['type'])}{marks}")
        elif kind in ("struct", "enum", "union"):
            self.line(path, f"{kind} {path}{self.generics(inner['generics'])}{marks}")
            if kind == "struct":
                self.fields(path, inner["kind"])
            elif kind == "union":
                self.fields(path, {"plain": inner})
            else:
                for number in inner["variants"]:
                    self.variant(path, self.index[str(number)])
            self.impls(path, inner["impls"])
        elif kind == "trait":
            bounds = self.bounds(inner["bounds"])
            above = f": {bounds}" if bounds else ""
            unsafe = "unsafe " if inner["is_unsafe"] else ""
            dyn = "" if inner["is_dyn_compatible"] else " (not dyn-compatible)"
            self.line(path, f"{unsafe}trait {path}{self.parameters(inner['generics'])}{above}"
                            f"{self.conditions(inner['generics'])}{dyn}{marks}")
            for number in inner["items"]:
                self.member(path, self.index[str(number)], of_a_trait=True)
            self.impls(path, inner["implementations"], of_a_trait=True)
        elif kind in ("macro", "proc_macro"):
            self.line(path, f"macro {path}{marks}")
        else:
            sys.exit(f"{path}: this script knows no {kind}")

    def marks(self, item):
        found = []
        for attribute in item["attrs"]:
            if attribute == "non_exhaustive":
                found.append(" #[non_exhaustive]")
            elif isinstance(attribute, dict) and "must_use" in attribute:
                found.append(" #[must_use]")
            elif isinstance(attribute, dict) and "repr" in attribute:
                found.append(" #[repr]")
        if item["deprecation"] is not None:
            found.append(" #[deprecated]")
        return "".join(found)

    def fields(self, path, kind):
        """Of a struct or a variant; what is not public is told, since it cannot be built from outside then."""
        if kind in ("unit", "plain"):
            return
        if "tuple" in kind:
            for place, number in enumerate(kind["tuple"]):
                if number is not None:
                    shown = self.type(self.index[str(number)]["inner"]["struct_field"])
                    self.line(f"{path}::{place}", f"{path}::{place}: {shown}")
            return
        fields = kind.get("plain") or kind.get("struct")
        for number in fields["fields"]:
            field = self.index[str(number)]
            place = f"{path}::{field['name']}"
            self.line(place, f"{place}: {self.type(field['inner']['struct_field'])}")
        stripped = fields.get("has_stripped_fields")
        if stripped and fields["fields"]:
            self.line(path, f"{path} has fields that are not public", 1)

    def variant(self, path, item):
        inner = item["inner"]["variant"]
        place = f"{path}::{item['name']}"
        value = f" = {inner['discriminant']['expr']}" if inner["discriminant"] else ""
        self.line(place, f"variant {place}{value}{self.marks(item)}")
        self.fields(place, inner["kind"])

    def member(self, path, item, of_a_trait=False, only=""):
        kind, inner = next(iter(item["inner"].items()))
        place = self.here = f"{path}::{item['name']}"
        if kind == "function":
            text = self.function(place, inner)
            if of_a_trait and not inner["has_body"]:
                text += " (to be implemented)"
        elif kind == "assoc_const":
            value = f" = {inner['value']}" if inner["value"] is not None else ""
            text = f"const {place}: {self.type(inner['type'])}{value}"
        elif kind == "assoc_type":
            bounds = self.bounds(inner["bounds"])
            bounds = f": {bounds}" if bounds else ""
            value = f" = {self.type(inner['type'])}" if inner["type"] is not None else ""
            text = f"type {place}{self.parameters(inner['generics'])}{bounds}{value}"
        else:
            sys.exit(f"{place}: this script knows no {kind}")
        self.line(place, text + only + self.marks(item))

    # Impls

    def impls(self, path, numbers, of_a_trait=False):
        autos = {}
        for number in numbers:
            item = self.index.get(str(number))
            if item is None:
                continue
            inner = item["inner"]["impl"]
            trait = inner["trait"]
            if inner["blanket_impl"] is not None or (trait and trait["path"] == "StructuralPartialEq"):
                continue
            if inner["is_synthetic"]:
                name = trait["path"]
                if name in AUTO_TRAITS:
                    where = self.conditions(inner["generics"])
                    autos[name] = ("!" if inner["is_negative"] else "") + name + where
                continue
            self.here = path
            if trait is None:
                # What is asked of the type's own parameters for these members.
                only = self.conditions(inner["generics"], also_of_parameters=True).replace(" where", " only where", 1)
                for member in inner["items"]:
                    member = self.index[str(member)]
                    if member["visibility"] == "public":
                        self.member(path, member, only=only)
                continue
            if of_a_trait and inner["for"].get("resolved_path", {}).get("id") in self.public:
                # It is listed with its type.
                continue
            negative = "!" if inner["is_negative"] else ""
            text = (f"impl{self.parameters(inner['generics'])} {negative}{self.trait(trait)} for {self.type(inner['for'])}"
                    f"{self.conditions(inner['generics'])}")
            members = [self.index[str(member)] for member in inner["items"]]
            types = [f"{member['name']} = {self.type(member['inner']['assoc_type']['type'])}"
                     for member in members if "assoc_type" in member["inner"]]
            self.line(path, text + (f" {{ {', '.join(types)} }}" if types else ""), 1)
        if autos and not of_a_trait:
            self.line(path, f"impl {path}: {', '.join(autos[name] for name in AUTO_TRAITS if name in autos)}", 1)

    # Signatures

    def function(self, path, inner):
        header = inner["header"]
        words = "".join(f"{word} " for word in ("const", "async", "unsafe") if header[f"is_{word}"])
        arguments = []
        for name, kind in inner["sig"]["inputs"]:
            shown = self.type(kind)
            if name == "self":
                known = {"Self": "self", "&Self": "&self", "&mut Self": "&mut self"}
                arguments.append(known.get(shown, f"self: {shown}"))
            else:
                arguments.append(f"{name}: {shown}")
        output = inner["sig"]["output"]
        returned = "" if output is None else f" -> {self.type(output)}"
        return (f"{words}fn {path}{self.parameters(inner['generics'])}({', '.join(arguments)}){returned}"
                f"{self.conditions(inner['generics'])}")

    def parameters(self, generics):
        shown = []
        for parameter in generics["params"]:
            kind, inner = next(iter(parameter["kind"].items()))
            name = parameter["name"]
            if kind == "lifetime":
                outlives = " + ".join(inner["outlives"])
                shown.append(name + (f": {outlives}" if outlives else ""))
            elif kind == "type":
                if inner["is_synthetic"]:
                    continue
                bounds = self.bounds(inner["bounds"])
                default = f" = {self.type(inner['default'])}" if inner["default"] else ""
                shown.append(name + (f": {bounds}" if bounds else "") + default)
            else:
                default = f" = {inner['default']}" if inner["default"] else ""
                shown.append(f"const {name}: {self.type(inner['type'])}{default}")
        return f"<{', '.join(shown)}>" if shown else ""

    def conditions(self, generics, also_of_parameters=False):
        shown = []
        if also_of_parameters:
            for parameter in generics["params"]:
                inner = parameter["kind"].get("type")
                if inner and inner["bounds"]:
                    shown.append(f"{parameter['name']}: {self.bounds(inner['bounds'])}")
        for predicate in generics["where_predicates"]:
            kind, inner = next(iter(predicate.items()))
            if kind == "bound_predicate":
                bounds = self.bounds(inner["bounds"])
                if bounds:
                    shown.append(f"{self.for_lifetimes(inner['generic_params'])}{self.type(inner['type'])}: {bounds}")
            elif kind == "lifetime_predicate":
                shown.append(f"{inner['lifetime']}: {' + '.join(inner['outlives'])}")
            else:
                shown.append(f"{self.type(inner['lhs'])} == {self.term(inner['rhs'])}")
        return f" where {', '.join(shown)}" if shown else ""

    def generics(self, generics):
        return self.parameters(generics) + self.conditions(generics)

    def for_lifetimes(self, parameters):
        names = [parameter["name"] for parameter in parameters]
        return f"for<{', '.join(names)}> " if names else ""

    def bounds(self, bounds):
        return " + ".join(self.bound(bound) for bound in bounds)

    def bound(self, bound):
        kind, inner = next(iter(bound.items()))
        if kind == "outlives":
            return inner
        if kind == "use":
            return f"use<{', '.join(next(iter(part.values())) for part in inner)}>"
        before = {"none": "", "maybe": "?", "maybe_const": "~const "}[inner["modifier"]]
        return before + self.for_lifetimes(inner["generic_params"]) + self.trait(inner["trait"])

    def trait(self, trait):
        return self.path(trait["id"], trait["path"]) + self.arguments(trait["args"])

    def path(self, number, written):
        """The path by which a user has it; of other crates the last name, wherever it stands in them."""
        if number in self.public:
            return self.public[number]
        known = self.paths.get(str(number))
        if known is None:
            return re.sub(r"^\$crate::", "", written)
        crate = known["path"][0]
        if crate not in ALLOWED:
            self.foreign.setdefault(crate, set()).add(self.here)
        if crate in STANDARD:
            # `std::io::Result` and `fmt::Result` are no `Result`.
            modules = [part for part in known["path"][1:-1] if part in ("io", "fmt")]
            return "::".join([*modules, known["path"][-1]])
        return f"{'serde' if crate == 'serde_core' else crate}::{known['path'][-1]}"

    def arguments(self, arguments):
        if arguments is None:
            return ""
        kind, inner = next(iter(arguments.items())) if isinstance(arguments, dict) else (arguments, None)
        if kind == "parenthesized":
            output = "" if inner["output"] is None else f" -> {self.type(inner['output'])}"
            return f"({', '.join(self.type(one) for one in inner['inputs'])}){output}"
        if kind != "angle_bracketed":
            return "(..)"
        shown = []
        for argument in inner["args"]:
            if argument == "infer":
                shown.append("_")
                continue
            part, value = next(iter(argument.items()))
            shown.append({"lifetime": lambda: value, "type": lambda: self.type(value), "const": lambda: value["expr"]}
                         [part]())
        for binding in inner["constraints"]:
            name = binding["name"] + self.arguments(binding["args"])
            how, value = next(iter(binding["binding"].items()))
            shown.append(f"{name} = {self.term(value)}" if how == "equality" else f"{name}: {self.bounds(value)}")
        return f"<{', '.join(shown)}>" if shown else ""

    def term(self, term):
        kind, inner = next(iter(term.items()))
        return self.type(inner) if kind == "type" else inner["expr"]

    def type(self, kind):
        if isinstance(kind, str):
            return "_"
        name, inner = next(iter(kind.items()))
        return getattr(self, f"type_{name}")(inner)

    def type_resolved_path(self, inner):
        return self.path(inner["id"], inner["path"]) + self.arguments(inner["args"])

    def type_generic(self, inner):
        return inner

    def type_primitive(self, inner):
        return "!" if inner == "never" else inner

    def type_tuple(self, inner):
        shown = ", ".join(self.type(one) for one in inner)
        return f"({shown},)" if len(inner) == 1 else f"({shown})"

    def type_slice(self, inner):
        return f"[{self.type(inner)}]"

    def type_array(self, inner):
        return f"[{self.type(inner['type'])}; {inner['len']}]"

    def type_borrowed_ref(self, inner):
        lifetime = f"{inner['lifetime']} " if inner["lifetime"] else ""
        shown = self.type(inner["type"])
        if " + " in shown and shown.startswith(("dyn ", "impl ")):
            shown = f"({shown})"
        return f"&{lifetime}{'mut ' if inner['is_mutable'] else ''}{shown}"

    def type_raw_pointer(self, inner):
        return f"*{'mut' if inner['is_mutable'] else 'const'} {self.type(inner['type'])}"

    def type_impl_trait(self, inner):
        return f"impl {self.bounds(inner)}"

    def type_dyn_trait(self, inner):
        shown = [self.for_lifetimes(one["generic_params"]) + self.trait(one["trait"]) for one in inner["traits"]]
        return "dyn " + " + ".join(shown + ([inner["lifetime"]] if inner["lifetime"] else []))

    def type_qualified_path(self, inner):
        of, trait = self.type(inner["self_type"]), inner["trait"]
        arguments = self.arguments(inner["args"])
        if trait is None or of == "Self":
            return f"{of}::{inner['name']}{arguments}"
        return f"<{of} as {self.trait(trait)}>::{inner['name']}{arguments}"

    def type_function_pointer(self, inner):
        arguments = ", ".join(self.type(kind) for _, kind in inner["sig"]["inputs"])
        output = inner["sig"]["output"]
        returned = "" if output is None else f" -> {self.type(output)}"
        return f"{self.for_lifetimes(inner['generic_params'])}fn({arguments}){returned}"
