package notice

import (
	"securetext/sms/reason"
	"securetext/store"
)

// french has a no-break space (\u00a0) before each colon, as print does.
var french = wording{
	lang: "fr",
	steps: map[store.Kind]step{
		store.Accepted: {
			subject: "Message au téléphone se terminant par {end}\u00a0: accepté",
			lead:    "Votre message a été accepté et enregistré. Le téléphone va recevoir un SMS avec un lien.",
		},
		store.Delivered: {
			subject: "Message au téléphone se terminant par {end}\u00a0: SMS remis",
			lead:    "Le SMS avec le lien vers votre message est arrivé sur le téléphone.",
			when:    "Remis\u00a0",
		},
		store.Failed: {
			subject: "Message au téléphone se terminant par {end}\u00a0: non remis",
			lead:    "Votre message n’a pas pu être remis. Aucun SMS avec le lien n’arrivera sur le téléphone.",
			when:    "Abandonné\u00a0",
		},
		store.Read: {
			subject: "Message au téléphone se terminant par {end}\u00a0: lu",
			lead:    "Votre message a été ouvert et lu.",
			when:    "Lu\u00a0",
		},
		store.Overdue: {
			subject: "Message au téléphone se terminant par {end}\u00a0: non lu à temps",
			lead:    "Votre message n’a pas été lu à l’heure que vous aviez fixée. Veuillez joindre la personne autrement, ou prendre le message en charge pour que ces e-mails cessent.",
			when:    "À lire avant\u00a0",
		},
		store.Asked: {
			subject: "Message au téléphone se terminant par {end}\u00a0: redemandé",
			lead:    "Le délai de votre message était passé quand quelqu’un a ouvert son lien et l’a redemandé. Veuillez l’envoyer de nouveau, si cette personne doit le lire.",
			when:    "Demandé\u00a0",
		},
		store.Disowned: {
			subject: "Message au téléphone se terminant par {end}\u00a0: pas pour cette personne",
			lead:    "La personne qui a ouvert le lien dit que votre message n’est pas pour elle. Il est scellé\u00a0: personne ne peut le lire à cet endroit, et aucun SMS n’ira plus à ce numéro. Vérifiez le numéro auprès de votre patient. Ne le faites débloquer que si vous êtes sûr du numéro.",
			when:    "Dit\u00a0",
		},
		store.Acknowledged: {
			subject: "Message au téléphone se terminant par {end}\u00a0: réponse reçue",
			lead:    "La personne a lu votre message et y a répondu par un bouton sur la page. Sa réponse figure ci-dessous. Veuillez l’appeler ou lui écrire.",
			when:    "Répondu\u00a0",
		},
		store.Replied: {
			subject: "Message au téléphone se terminant par {end}\u00a0: la personne vous a écrit",
			lead:    "La personne qui a reçu votre message vous a répondu par écrit. Ce qu’elle a écrit ne figure pas dans ce courriel. Lisez-le là où vous consultez vos messages\u00a0: vous pouvez l’ouvrir tant que votre message peut être lu. Merci de ne pas la faire attendre.",
			when:    "Écrit\u00a0",
		},
		store.Expired: {
			subject: "Message au téléphone se terminant par {end}\u00a0: non lu",
			lead:    "Votre message n’a jamais été lu, et son délai est passé. Son contenu a été détruit.",
			when:    "Terminé depuis\u00a0",
		},
	},
	reasons: map[reason.Reason]explanation{
		reason.OptedOut:    {"Le titulaire de ce téléphone a demandé à ne plus recevoir de SMS.", "Joignez-le autrement. S’il change d’avis, il envoie START depuis ce téléphone, ou votre administrateur autorise de nouveau les SMS avec son accord."},
		reason.Blocked:     {"Votre organisation a bloqué les SMS vers ce numéro.", "Si c’est une erreur, demandez à votre administrateur."},
		reason.Landline:    {"Ce numéro ne reçoit pas de SMS\u00a0: c’est une ligne fixe, ou son opérateur est injoignable.", "Demandez un numéro de mobile et envoyez de nouveau le message."},
		reason.Dead:        {"L’opérateur ne connaît personne à ce numéro.", "Vérifiez le numéro et envoyez de nouveau le message."},
		reason.NotMine:     {"La personne qui a ce numéro dit qu’elle n’est pas votre patient.", "Vérifiez le numéro auprès de votre patient. S’il est bon malgré tout, votre administrateur autorise de nouveau les SMS."},
		reason.NotNumber:   {"D’après l’opérateur, ce n’est pas un numéro de téléphone.", "Vérifiez le numéro et envoyez de nouveau le message."},
		reason.Unreachable: {"Le téléphone était éteint ou hors de portée.", "Envoyez de nouveau le message plus tard, ou joignez la personne autrement."},
		reason.Expired:     {"Le délai du message est passé avant qu’un SMS ait pu être remis.", "Envoyez de nouveau le message, ou joignez la personne autrement."},
		reason.Wiped:       {"Le message a été retiré avant qu’un SMS ait pu être remis.", "Rien, si c’était voulu. Sinon, envoyez-le de nouveau."},
		reason.Barred:      {"Les opérateurs refusent pour le moment les SMS de ce service.", "Prévenez votre administrateur et, en attendant, joignez la personne autrement."},
		reason.Unknown:     {"L’opérateur ne l’a pas remis.", "Vérifiez le numéro et envoyez de nouveau le message, ou joignez la personne autrement."},
	},
	labels: labels{
		why: "Motif\u00a0", next: "Que faire\u00a0", phone: "Téléphone\u00a0", accepted: "Accepté\u00a0",
		message: "Message\u00a0", reference: "Votre référence\u00a0", console: "Consulter\u00a0",
	},
	closing: "Cet e-mail a été envoyé automatiquement pour {org}. Personne ne lit les réponses.",
}
