// The frame without a face: confirms with a card that is saved, and looks intents up.

import { confirm, retrieve, serve } from "./api.js";

serve((question) => (question.do === "confirm" ? confirm(question) : retrieve(question)));
