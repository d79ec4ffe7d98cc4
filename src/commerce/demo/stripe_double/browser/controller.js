// The frame without a face: confirms with a card that is saved.

import { confirm, serve } from "./api.js";

serve((question) => confirm(question));
