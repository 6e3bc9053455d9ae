<?php
/**
 * The block, drawn on the server.
 */

namespace Adserver;

function register_block(): void {
	$needs = array( 'wp-blocks', 'wp-block-editor', 'wp-components', 'wp-element' );
	wp_register_script( 'adserver-block', plugins_url( 'block.js', PLUGIN_FILE ), $needs, VERSION, true );
	register_block_type( dirname( PLUGIN_FILE ) . '/block.json', array( 'render_callback' => __NAMESPACE__ . '\block_html' ) );
}

/** Gives the editor the block's texts and the names of the slots. */
function add_block_texts(): void {
	$texts = array(
		'title'      => __( 'Ad slot', 'adserver' ),
		'settings'   => __( 'Settings', 'adserver' ),
		'name'       => __( 'Slot', 'adserver' ),
		'nameNote'   => __( 'Its name in the inventory, such as top', 'adserver' ),
		'values'     => __( 'Key-values', 'adserver' ),
		'valuesNote' => __( 'For example city=Antalya, keyword=food|sea', 'adserver' ),
		'collapse'   => __( 'When there is no ad', 'adserver' ),
		'default'    => __( 'As the ad server does', 'adserver' ),
		'empty'      => __( 'The place vanishes', 'adserver' ),
		'before'     => __( 'The place opens only for an ad', 'adserver' ),
		'never'      => __( 'The place stays', 'adserver' ),
		'named'      => __( 'Readers see an ad of this slot here', 'adserver' ),
		'unnamed'    => __( 'Type the slot’s name', 'adserver' ),
	);
	give_script( 'adserver-block', 'adserverBlock', array( 'texts' => $texts, 'slots' => known_slots() ) );
}

/** Lets a script read the data in a variable of its window. */
function give_script( string $handle, string $variable, array $data ): void {
	wp_add_inline_script( $handle, "window.$variable = " . wp_json_encode( $data, JSON_HEX_TAG ) . ';', 'before' );
}

function block_html( $attributes ): string {
	return slot_html( (string) $attributes['name'], read_key_values( (string) $attributes['values'] ), (string) $attributes['collapse'] );
}
