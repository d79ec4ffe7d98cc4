// The fields of a card. What is typed here leaves this frame for the API of its own origin alone.

import { confirm, retrieve, serve } from "./api.js";
import { texts } from "./texts.js";

const form = document.querySelector("form");
const { number, expiry, cvc } = form.elements;
const digits = (field) => field.value.replace(/\D/g, "");
const BRANDS = [[/^4/, "Visa"], [/^(5[1-5]|2[2-7])/, "Mastercard"], [/^3[47]/, "Amex"], [/^6/, "Discover"]];
let words = texts("en");

const brand = () => BRANDS.find(([start]) => start.test(digits(number)))?.[1] ?? "";

function passesLuhn(text) {
  const sum = [...text].reverse().reduce((total, letter, place) => {
    const value = Number(letter) * (place % 2 ? 2 : 1);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}

function isPast() {
  const typed = digits(expiry);
  const now = new Date();
  return Number(typed.slice(2)) * 12 + Number(typed.slice(0, 2)) < (now.getFullYear() - 2000) * 12 + now.getMonth() + 1;
}

function problem(field) {
  const typed = digits(field);
  if (field === number) {
    if (typed.length < (brand() === "Amex" ? 15 : 16)) return words.numberIncomplete;
    return passesLuhn(typed) ? "" : words.numberInvalid;
  }
  if (field === expiry) {
    if (typed.length < 4 || !Number(typed.slice(0, 2)) || Number(typed.slice(0, 2)) > 12) return words.expiryIncomplete;
    return isPast() ? words.expiryPast : "";
  }
  return typed.length < (brand() === "Amex" ? 4 : 3) ? words.cvcIncomplete : "";
}

function judge(field) {
  const text = problem(field);
  if (text) field.setAttribute("aria-invalid", "true");
  else field.removeAttribute("aria-invalid");
  document.getElementById(`${field.id}-error`).textContent = text;
  return !text;
}

function forgive(field) {
  field.removeAttribute("aria-invalid");
  document.getElementById(`${field.id}-error`).textContent = "";
}

function tidy(field) {
  const typed = digits(field);
  if (field === number) {
    const groups = brand() === "Amex" ? /^(\d{0,4})(\d{0,6})(\d{0,5}).*/ : /^(\d{0,4})(\d{0,4})(\d{0,4})(\d{0,7}).*/;
    field.value = groups.exec(typed).slice(1).filter(Boolean).join(" ");
    document.querySelector(".brand").textContent = brand();
  } else if (field === expiry) {
    const month = /^[2-9]/.test(typed) ? `0${typed}` : typed;
    field.value = month.length > 2 ? `${month.slice(0, 2)} / ${month.slice(2, 4)}` : month;
  } else {
    field.value = typed;
  }
}

function validate() {
  const wrong = [number, expiry, cvc].filter((field) => !judge(field));
  wrong[0]?.focus();
  return wrong.length ? { error: { type: "validation_error", message: problem(wrong[0]) } } : {};
}

function paint({ theme = "stripe", variables = {}, rules = {} }) {
  const names = {
    colorText: "--text", colorTextSecondary: "--secondary", colorBackground: "--back", colorPrimary: "--primary",
    colorDanger: "--danger", borderRadius: "--radius", fontFamily: "--font", fontSizeBase: "--size",
  };
  const { style } = document.documentElement;
  style.colorScheme = theme === "night" ? "dark" : "light";
  for (const [name, property] of Object.entries(names)) {
    if (variables[name]) style.setProperty(property, variables[name]);
  }
  const border = /rgba?\([^)]*\)/.exec(rules[".Input"]?.border ?? "");
  if (border) style.setProperty("--line", border[0]);
}

function translate(locale) {
  words = texts(locale);
  document.documentElement.lang = words.language;
  document.documentElement.dir = words.language === "ar" ? "rtl" : "ltr";
  for (const field of [number, expiry, cvc]) document.querySelector(`label[for=${field.id}]`).textContent = words[field.id];
}

async function show(question, tell) {
  const intent = await retrieve(question);
  if (intent.error) return { error: intent.error };
  paint(question.appearance);
  translate(question.locale);
  for (const field of [number, expiry, cvc]) {
    field.addEventListener("input", () => {
      tidy(field);
      forgive(field);
      const complete = [number, expiry, cvc].every((each) => !problem(each));
      tell({ event: "change", detail: { complete, empty: !number.value && !expiry.value && !cvc.value } });
    });
    field.addEventListener("blur", () => field.value && judge(field));
  }
  form.hidden = false;
  new ResizeObserver(() => tell({ height: Math.ceil(document.body.getBoundingClientRect().height) })).observe(document.body);
  tell({ height: Math.ceil(document.body.getBoundingClientRect().height) });
  return {};
}

const card = () => ({
  "payment_method_data[type]": "card",
  "payment_method_data[card][number]": digits(number),
  "payment_method_data[card][exp_month]": digits(expiry).slice(0, 2),
  "payment_method_data[card][exp_year]": `20${digits(expiry).slice(2)}`,
  "payment_method_data[card][cvc]": digits(cvc),
});

form.addEventListener("submit", (event) => event.preventDefault());
serve(async (question, tell) => {
  if (question.do === "show") return show(question, tell);
  if (question.do === "submit") return validate();
  if (question.do === "update") return paint(question.appearance ?? {}) ?? {};
  const { error } = validate();
  return error ? { error } : confirm(question, card());
});
