"""The site: `make site` makes build/site of the pages and the docstrings, with Sphinx; `-t pages`: of pages alone."""

from importlib.metadata import version as installed

project = "FDAN-repro"
version = release = installed("fdan-repro")
root_doc = "docs/index"
include_patterns = ["README.md", "CO*.md", "CHANGELOG.md", "docs/**", "reports/audit.md", "reports/rows.md"]
include_patterns += ["reports/tables/*.md"]
exclude_patterns = ["build", "docs/_templates"]
extensions = ["myst_parser"]
myst_heading_anchors = 4
if not tags.has("pages"):
    extensions += ["sphinx.ext.apidoc", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
    apidoc_modules = [{"path": "../fdan", "destination": "docs/api", "separate_modules": True, "module_first": True}]
    autodoc_typehints = "none"  # they stand in the signatures, with shapes
    napoleon_use_ivar = True  # attributes once: autodoc lists them as well
highlight_language = "text"
html_theme = "furo"
html_title = "FDAN-repro"
templates_path = ["_templates"]
html_additional_pages = {"index": "redirect.html"}  # pages lie as in the project, the first one below docs/


def setup(app):
    """What is read before it is parsed."""
    app.connect("source-read", _read)
    if "sphinx.ext.autodoc" in extensions:
        app.connect("autodoc-skip-member", _is_pattern)


def _read(app, docname, source):
    """Results are reached by the pages' links, not from the list, and tables have no title of their own."""
    if docname.startswith("reports/"):
        title = "" if source[0].startswith("# ") else f"# {docname.rpartition('/')[2]}\n\n"
        source[0] = f"---\norphan: true\n---\n\n{title}{source[0]}"
    elif docname == root_doc and "sphinx.ext.apidoc" in extensions:
        source[0] += "   api/modules\n"


def _is_pattern(app, what, name, obj, skip, options):
    """Sphinx takes the pattern within such a type for a link."""
    return skip or name == "Variants"
