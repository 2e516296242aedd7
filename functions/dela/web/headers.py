"""The headers of pages: nothing from elsewhere, nothing kept, nothing told to the next site."""

from dela.web.site import Site


def page_headers(site: Site, language: str, form_targets: str = "'self'") -> dict[str, str]:
    """The headers of every page. `form_targets` are where its forms may lead to (Content Security Policy)."""
    policy = (
        f"default-src 'none'; style-src {site.pages.style_sources}; img-src 'self' data:; frame-src 'self'; "
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
