package notice

import (
	"securetext/sms/reason"
	"securetext/store"
)

var spanish = wording{
	lang: "es",
	steps: map[store.Kind]step{
		store.Accepted: {
			subject: "Mensaje al teléfono que termina en {end}: aceptado",
			lead:    "Su mensaje ha sido aceptado y guardado. El teléfono recibirá un SMS con un enlace.",
		},
		store.Delivered: {
			subject: "Mensaje al teléfono que termina en {end}: SMS entregado",
			lead:    "El SMS con el enlace a su mensaje ha llegado al teléfono.",
			when:    "Entregado",
		},
		store.Failed: {
			subject: "Mensaje al teléfono que termina en {end}: no se pudo entregar",
			lead:    "Su mensaje no se pudo entregar. Al teléfono no llegará ningún SMS con el enlace.",
			when:    "Abandonado",
		},
		store.Read: {
			subject: "Mensaje al teléfono que termina en {end}: leído",
			lead:    "Su mensaje ha sido abierto y leído.",
			when:    "Leído",
		},
		store.Overdue: {
			subject: "Mensaje al teléfono que termina en {end}: no leído a tiempo",
			lead:    "Su mensaje no se ha leído a la hora que usted fijó. Póngase en contacto por otro medio, o hágase cargo del mensaje para que cesen estos correos.",
			when:    "Leer antes de",
		},
		store.Asked: {
			subject: "Mensaje al teléfono que termina en {end}: pedido de nuevo",
			lead:    "El plazo de su mensaje ya había pasado cuando alguien abrió su enlace y lo pidió de nuevo. Envíelo otra vez, si esa persona debe leerlo.",
			when:    "Pedido",
		},
		store.Disowned: {
			subject: "Mensaje al teléfono que termina en {end}: no es para esa persona",
			lead:    "La persona que abrió el enlace dice que el mensaje de usted no es para ella. Está sellado: allí nadie puede leerlo, y ya no se enviarán SMS a ese número. Compruebe el número con su paciente. Haga que lo liberen solo si tiene la certeza de que es el correcto.",
			when:    "Dicho",
		},
		store.Acknowledged: {
			subject: "Mensaje al teléfono que termina en {end}: respondido",
			lead:    "La persona leyó su mensaje y respondió con un botón en la página. Abajo está su respuesta. Llame o escriba a esa persona.",
			when:    "Respondido",
		},
		store.Replied: {
			subject: "Mensaje al teléfono que termina en {end}: han contestado",
			lead:    "La persona que recibió su mensaje le ha escrito. Lo que escribió no está en este correo. Léalo donde consulta sus mensajes: allí se puede abrir mientras se pueda leer su mensaje. No le haga esperar, por favor.",
			when:    "Escrito",
		},
		store.Expired: {
			subject: "Mensaje al teléfono que termina en {end}: no leído",
			lead:    "Su mensaje no se leyó y su plazo ha terminado. Su contenido fue destruido.",
			when:    "Plazo terminado",
		},
	},
	reasons: map[reason.Reason]explanation{
		reason.OptedOut:    {"El dueño de este teléfono pidió no recibir más SMS.", "Póngase en contacto por otro medio. Si cambia de opinión, envía START desde ese teléfono, o su administrador vuelve a permitirlos con su consentimiento."},
		reason.Blocked:     {"Su organización ha bloqueado los SMS a este número.", "Si es un error, consulte a su administrador."},
		reason.Landline:    {"Este número no recibe SMS: es un teléfono fijo, o no se llega a su compañía.", "Pida un número de móvil y envíe el mensaje de nuevo."},
		reason.Dead:        {"La compañía telefónica no conoce a nadie con este número.", "Compruebe el número y envíe el mensaje de nuevo."},
		reason.NotMine:     {"Quien tiene este número dice que no es paciente suyo.", "Compruebe el número con su paciente. Si al final es correcto, su administrador vuelve a permitir los SMS."},
		reason.NotNumber:   {"Según la compañía telefónica, esto no es un número de teléfono.", "Compruebe el número y envíe el mensaje de nuevo."},
		reason.Unreachable: {"El teléfono estaba apagado o sin cobertura.", "Envíe el mensaje de nuevo más tarde, o póngase en contacto por otro medio."},
		reason.Expired:     {"La vida del mensaje terminó antes de que se pudiera entregar un SMS.", "Envíe el mensaje de nuevo, o póngase en contacto por otro medio."},
		reason.Wiped:       {"El mensaje fue retirado antes de que se pudiera entregar un SMS.", "Nada, si así se quiso. Si no, envíelo de nuevo."},
		reason.Barred:      {"Las compañías telefónicas rechazan por ahora los SMS de este servicio.", "Avise a su administrador y, mientras tanto, póngase en contacto por otro medio."},
		reason.Unknown:     {"La compañía telefónica no lo entregó.", "Compruebe el número y envíe el mensaje de nuevo, o póngase en contacto por otro medio."},
	},
	labels: labels{
		why: "Motivo", next: "Qué hacer", phone: "Teléfono", accepted: "Aceptado",
		message: "Mensaje", reference: "Su referencia", console: "Consultar",
	},
	closing: "Este correo se envió automáticamente en nombre de {org}. Nadie lee las respuestas.",
}
