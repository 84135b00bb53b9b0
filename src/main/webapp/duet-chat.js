/** Defines `<duet-chat>`. One script tag is enough: `<script type="module" src="https://duet.example.org/duet-chat.js"></script>`. */
import { DuetChat } from './chat/element.js';

export { DuetChat };

if (!customElements.get('duet-chat')) customElements.define('duet-chat', DuetChat);
