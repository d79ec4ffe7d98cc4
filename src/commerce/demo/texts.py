"""What the demo company says to visitors: of itself, of what it sells, and in answer to their questions."""

STOREFRONT_SETTINGS = {
    "portal.hero_title": "Hosting that stays out of your way",
    "portal.hero_subtitle": (
        "Fast web hosting and virtual servers from Dublin, with daily backups and expert support."
    ),
    "portal.about": (
        "We've hosted websites from our own racks in Dublin since 2009. **Every plan** runs on"
        " renewable power, is backed up each night, and can be changed or canceled online."
    ),
    "portal.highlights": "\n".join(
        (
            "Daily backups | Restore any day of the last 30, at no extra charge.",
            "Free migration | With Business and Pro, we move your website, email, and databases.",
            "Support from engineers | The people who run the servers answer you, seven days a week.",
        )
    ),
    "portal.show_faq": "on",
    "portal.show_domain_search": "on",
}

GROUP_TEXTS = {
    "Web hosting": "For websites and shops. Upgrade or downgrade at any time.",
    "Virtual servers": "Root access on fast hardware, ready within minutes.",
    "Security": "Certificates that browsers trust.",
    "Expert help": "Let us do the work.",
}

# What each product is, and then its features.
PRODUCT_TEXTS = {
    "Starter hosting": (
        "Everything you need for your first website.",
        *("Websites: 1", "Storage: 10 GB", "Email accounts: 5"),
        *("Daily backups", "Free SSL certificate"),
    ),
    "Business hosting": (
        "Room to grow for companies and online shops.",
        *("Websites: 10", "Storage: 50 GB", "Email accounts: 50"),
        *("Daily backups", "Free SSL certificate", "Staging environments", "Free migration"),
    ),
    "Pro hosting": (
        "For agencies and busy shops that need the most.",
        *("Websites: Unlimited", "Storage: 200 GB", "Email accounts: Unlimited"),
        *("Daily backups", "Free SSL certificate", "Staging environments", "Free migration"),
        "Priority support",
    ),
    "VPS S": (
        "A server of your own for apps and databases.",
        *("CPU: 2 cores", "Memory: 4 GB", "Storage: 80 GB NVMe", "Bandwidth: 10 TB per month"),
        *("Root access", "DDoS protection"),
    ),
    "VPS L": (
        "Power for large shops and busy APIs.",
        *("CPU: 8 cores", "Memory: 16 GB", "Storage: 320 GB NVMe", "Bandwidth: 40 TB per month"),
        *("Root access", "DDoS protection", "Private network"),
    ),
    "SSL certificate": (
        "A wildcard certificate for your domain and all its subdomains.",
        *("Wildcard certificate", "Installed for you", "Renewal reminders"),
    ),
    "Website migration": (
        "We move your website, email, and databases, without downtime.",
        *("Websites: 1", "Databases and email included", "Done within 3 business days"),
    ),
    "Community hosting": (
        "Free for clubs and nonprofits.",
        *("Websites: 1", "Storage: 5 GB", "Email accounts: 5"),
        *("Daily backups", "Free SSL certificate"),
    ),
}

FEATURED_PRODUCTS = {"Business hosting", "VPS S"}

QUESTIONS = (
    (
        "Can I change my plan later?",
        "Yes. Upgrade or downgrade at any time in your account. We credit your unused time.",
    ),
    (
        "How fast is my service ready?",
        "Most services are set up within minutes after payment. We email you once yours is ready.",
    ),
    (
        "Can you move my website for me?",
        "Yes. Migration is free with Business and Pro hosting. For other plans, order"
        " [Website migration](/store/website-migration).",
    ),
    (
        "How do I pay?",
        "By bank transfer. Your invoice has the bank details and a QR code for your banking app.",
    ),
    (
        "How do I cancel?",
        "In your account, at any time. Your service runs until the end of the period you've paid for.",
    ),
)
