// What the fields say, in the languages of the portal.

const declines = (declined, insufficient_funds, expired_card, incorrect_cvc) => ({
  generic_decline: declined, lost_card: declined, stolen_card: declined, insufficient_funds, expired_card, incorrect_cvc,
});

const TEXTS = {
  en: {
    number: "Card number", expiry: "Expiration date", cvc: "Security code",
    numberIncomplete: "Your card number is incomplete.", numberInvalid: "Your card number is invalid.",
    expiryIncomplete: "Your card's expiration date is incomplete.", expiryPast: "Your card's expiration year is in the past.",
    cvcIncomplete: "Your card's security code is incomplete.",
    declines: {}, // as the API says
  },
  de: {
    number: "Kartennummer", expiry: "Ablaufdatum", cvc: "Sicherheitscode",
    numberIncomplete: "Die Kartennummer ist unvollständig.", numberInvalid: "Die Kartennummer ist ungültig.",
    expiryIncomplete: "Das Ablaufdatum ist unvollständig.", expiryPast: "Das Ablaufdatum liegt in der Vergangenheit.",
    cvcIncomplete: "Der Sicherheitscode ist unvollständig.",
    declines: declines("Ihre Karte wurde abgelehnt.", "Ihre Karte ist nicht ausreichend gedeckt.", "Ihre Karte ist abgelaufen.", "Der Sicherheitscode der Karte ist falsch."),
  },
  es: {
    number: "Número de tarjeta", expiry: "Fecha de caducidad", cvc: "Código de seguridad",
    numberIncomplete: "El número de la tarjeta está incompleto.", numberInvalid: "El número de la tarjeta no es válido.",
    expiryIncomplete: "La fecha de caducidad está incompleta.", expiryPast: "La fecha de caducidad ya ha pasado.",
    cvcIncomplete: "El código de seguridad está incompleto.",
    declines: declines("Su tarjeta fue rechazada.", "Su tarjeta no tiene fondos suficientes.", "Su tarjeta ha caducado.", "El código de seguridad de la tarjeta es incorrecto."),
  },
  fr: {
    number: "Numéro de carte", expiry: "Date d'expiration", cvc: "Code de sécurité",
    numberIncomplete: "Le numéro de carte est incomplet.", numberInvalid: "Le numéro de carte n'est pas valide.",
    expiryIncomplete: "La date d'expiration est incomplète.", expiryPast: "La date d'expiration est passée.",
    cvcIncomplete: "Le code de sécurité est incomplet.",
    declines: declines("Votre carte a été refusée.", "La provision de votre carte est insuffisante.", "Votre carte a expiré.", "Le code de sécurité de votre carte est incorrect."),
  },
  nl: {
    number: "Kaartnummer", expiry: "Vervaldatum", cvc: "Beveiligingscode",
    numberIncomplete: "Het kaartnummer is onvolledig.", numberInvalid: "Het kaartnummer is ongeldig.",
    expiryIncomplete: "De vervaldatum is onvolledig.", expiryPast: "De vervaldatum ligt in het verleden.",
    cvcIncomplete: "De beveiligingscode is onvolledig.",
    declines: declines("Je kaart is geweigerd.", "Je kaart heeft onvoldoende saldo.", "Je kaart is verlopen.", "De beveiligingscode van je kaart klopt niet."),
  },
  ar: {
    number: "رقم البطاقة", expiry: "تاريخ انتهاء الصلاحية", cvc: "رمز الأمان",
    numberIncomplete: "رقم البطاقة غير مكتمل.", numberInvalid: "رقم البطاقة غير صالح.",
    expiryIncomplete: "تاريخ انتهاء الصلاحية غير مكتمل.", expiryPast: "تاريخ انتهاء الصلاحية قد مضى.",
    cvcIncomplete: "رمز الأمان غير مكتمل.",
    declines: declines("رُفضت بطاقتك.", "رصيد بطاقتك غير كافٍ.", "انتهت صلاحية بطاقتك.", "رمز أمان البطاقة غير صحيح."),
  },
};

export function texts(locale) {
  const language = (locale === "auto" ? navigator.language : locale).slice(0, 2);
  const known = language in TEXTS ? language : "en";
  return { ...TEXTS[known], language: known };
}
