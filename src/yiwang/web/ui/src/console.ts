import './styles/base.css'
import './routes/console/operator/operator.css'

import { mount } from 'svelte'

import { startLanguage } from './lib/i18n/language.svelte'
import ConsolePage from './routes/console/ConsolePage.svelte'

startLanguage()
mount(ConsolePage, { target: document.getElementById('page') as HTMLElement })
