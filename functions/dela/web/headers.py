"""The headers of pages: nothing from elsewhere, nothing kept, nothing told to the next site."""

from dela.web.site import Site


def page_headers(
    site: Site, language: str, form_targets: str = "'self'", style: str = "", script: str = ""
) -> dict[str, str]:
    """The headers of every page. `form_targets` are where its forms may lead to (Content Security Policy).

    `style` and `script` are the hashes of a second style and of the one script that it may have; as a rule there are
    none.
    """
    scripts = f"script-src '{script}'; " if script else ""
    styles = " ".join(f"'{each}'" for each in (site.pages.style_hash, style) if each)
    policy = (
        f"default-src 'none'; {scripts}style-src {styles}; img-src 'self' data:; frame-src 'self'; "
        f"form-action {form_targets}; base-uri 'none'; frame-ancestors 'none'"
    )
    headers = {
        "Content-Security-Policy": policy,
        "Content-Language": language,
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Vary": "Accept-Language",
    }
    if site.settings.base_url.startswith("https:"):
        headers["Strict-Transport-Security"] = "max-age=31536000"
    return headers
